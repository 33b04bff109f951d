import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";
import {formatInteger} from "@web/views/fields/formatters";

/**
 * The way of the month: a card per stage, and a line that shows how far each is.
 */
export class CockpitStages extends Component {
    static template = "ev_billing.CockpitStages";
    static components = {CockpitLink};
    static props = {stages: Array, open: Function};

    format(count) {
        return formatInteger(count);
    }

    percent(stage) {
        return stage.of ? Math.min(100, Math.floor((100 * stage.count) / stage.of)) : 0;
    }

    isDone(stage) {
        return stage.of > 0 && stage.count >= stage.of;
    }
}
