import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {KeepLast} from "@web/core/utils/concurrency";
import {Layout} from "@web/search/layout";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {CockpitLink} from "./cockpit_link";
import {CockpitStages} from "./cockpit_stages";
import {CockpitProof} from "./cockpit_proof";
import {CockpitFindings} from "./cockpit_findings";
import {CockpitContracts} from "./cockpit_contracts";
import {CockpitHistory} from "./cockpit_history";
import {CockpitMargin} from "./cockpit_margin";
import {CockpitGraphs} from "./cockpit_graphs";

// While jobs are at work the screen is read again that often; otherwise never by itself.
const REFRESH_MS = 5000;

/**
 * One screen per company and month: where everything stands, what blocks, and the buttons that go on.
 * The server sends what to show and, with each number, the action that opens its records.
 */
export class CloseCockpit extends Component {
    static template = "ev_billing.CloseCockpit";
    static components = {
        CockpitContracts,
        CockpitFindings,
        CockpitGraphs,
        CockpitHistory,
        CockpitLink,
        CockpitMargin,
        CockpitProof,
        CockpitStages,
        Layout,
    };
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.keepLast = new KeepLast();
        this.timer = null;
        this.display = {controlPanel: {}};
        const chosen = {...this.props.action.params, ...this.props.state};
        this.state = useState({
            companyId: chosen.company_id || false,
            month: chosen.month || false,
            cockpit: null,
            busy: false,
        });
        useSetupAction({
            getLocalState: () => ({company_id: this.state.companyId, month: this.state.month}),
        });
        onWillStart(() => this.load());
        onWillUnmount(() => {
            this.unmounted = true;
            browser.clearTimeout(this.timer);
        });
    }

    get cockpit() {
        return this.state.cockpit;
    }

    get run() {
        return this.cockpit.run;
    }

    get isOpen() {
        return this.run.id && this.run.state !== "closed";
    }

    get isEmpty() {
        return !this.run.id && !this.cockpit.proof.parts[0].count;
    }

    /** Where an empty month points to: the last one that has something. */
    get lastMonth() {
        return this.cockpit.months.find((month) => month.value !== this.cockpit.month);
    }

    get isWorking() {
        return this.state.busy || this.cockpit.jobs.at_work;
    }

    async load() {
        const {companyId, month} = this.state;
        const cockpit = await this.keepLast.add(
            this.orm.call("ev.run", "get_cockpit", [], {company_id: companyId, month})
        );
        this.state.cockpit = cockpit;
        this.state.companyId = cockpit.company.id;
        this.state.month = cockpit.month;
        this.scheduleRefresh();
    }

    scheduleRefresh() {
        browser.clearTimeout(this.timer);
        if (!this.unmounted && this.cockpit.jobs.at_work && !this.cockpit.jobs.dead) {
            this.timer = browser.setTimeout(() => this.refresh(), REFRESH_MS);
        }
    }

    /** A refresh nobody asked for stays silent: a page left alone goes on when the server answers again. */
    async refresh() {
        try {
            await this.load();
        } catch {
            this.scheduleRefresh();
        }
    }

    chooseMonth(month) {
        this.state.month = month;
        return this.load();
    }

    chooseCompany(companyId) {
        this.state.companyId = parseInt(companyId);
        return this.load();
    }

    /** Open the records of a number. */
    open(action) {
        return this.action.doAction(action);
    }

    async call(model, method, args) {
        this.state.busy = true;
        try {
            await this.orm.call(model, method, args);
        } finally {
            this.state.busy = false;
            await this.load();
        }
    }

    callRun(method) {
        return this.call("ev.run", method, [[this.run.id]]);
    }

    prepare() {
        const [year, month] = this.state.month.split("-").map(Number);
        return this.call("ev.run", "start", [this.state.companyId, year, month]);
    }

    tryAgain(ids) {
        return this.call("ev.run.contract", "action_try_again", [ids]);
    }

    computeAgain() {
        this.confirm(
            _t("Compute all open statements of %s again?", this.cockpit.month_name),
            _t("Drafts are worked out from the sessions and terms as they are now, then checked. Approved ones stay."),
            _t("Compute Again"),
            () => this.callRun("action_compute_again")
        );
    }

    release() {
        this.confirm(
            _t("Release %(count)s statements of %(month)s?", {
                count: this.run.ready,
                month: this.cockpit.month_name,
            }),
            _t(
                "They are approved, their documents posted, and sent by e-mail to the partners. This cannot be taken back. What is stopped stays."
            ),
            _t("Release"),
            () => this.callRun("action_release")
        );
    }

    confirm(title, body, confirmLabel, confirm) {
        this.dialog.add(ConfirmationDialog, {title, body, confirmLabel, confirm, cancel: () => {}});
    }
}

registry.category("actions").add("ev_billing.close_cockpit", CloseCockpit);
