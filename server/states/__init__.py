"""The states that a workflow has been in, as a tree, with the pictures that runs made of them."""
