/** What travels with a picture that is dragged within the editor. */
export const PICTURE_DRAG = "application/x-loom-picture";
