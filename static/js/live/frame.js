/* Pages that are not live themselves: my own state in the top bar, toasts, whether the link lives. */
import { facts, start, words } from "./page.js";
import { paintMyState } from "./my_state.js";

paintMyState(facts.me, words);
start();
