/* What the journal lies over: on a phone the whole page, elsewhere where it was put. */
const panel = document.getElementById("journal");
export const narrow = matchMedia("(max-width: 47.99rem)"); // the style sheet has it over the whole page then

/** Whether it is open and hides some of the element. */
export function isUnderJournal(element) {
  if (!panel || panel.hidden) return false;
  if (narrow.matches) return true;
  const [over, under] = [panel.getBoundingClientRect(), element.getBoundingClientRect()];
  return over.left < under.right && under.left < over.right && over.top < under.bottom && under.top < over.bottom;
}
