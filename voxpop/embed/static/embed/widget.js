// The entry of a widget's page: its height and its times.

import { wordTimes } from "./dom.js";
import { fitIntoHost, page } from "./facts.js";

fitIntoHost();
wordTimes(document, page.language);
