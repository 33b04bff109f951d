import {Component} from "@odoo/owl";

/**
 * A number with the way to its records; plain text where the user may not read them.
 */
export class CockpitLink extends Component {
    static template = "ev_billing.CockpitLink";
    static props = {
        link: Object,
        open: Function,
        className: {type: String, optional: true},
        slots: {type: Object, optional: true},
    };
    static defaultProps = {className: ""};
}
