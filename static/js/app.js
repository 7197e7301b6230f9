/* What every page needs. Pages add their own modules beside it. */
import { installBox } from "./ui/box.js";
import { installDetail } from "./ui/detail.js";
import { installKeys } from "./ui/keys.js";
import { installMenus } from "./ui/menus.js";
import { installNotes } from "./ui/notes.js";
import { installOverlays } from "./ui/overlays.js";
import { installTheme } from "./ui/theme.js";
import { installToasts } from "./ui/toasts.js";
import { installOrders } from "./ui/orders.js";

installTheme();
installMenus();
installOverlays();
installToasts();
installNotes();
installOrders();
installBox();
installDetail();
installKeys();
