/** The width that pages have, in pixels: without the room that is kept for a scroll bar, which
    clientWidth counts in while nothing scrolls. */
export const pageWidth = () => document.documentElement.getBoundingClientRect().width;
