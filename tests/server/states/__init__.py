"""The states of a workflow as a tree."""
