/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules in words, one line each: "when viable >= 50 % of start: do tace; at most 2 times, 42 d apart". */
#include "model.h"

static void add_condition(const rlp_tumour_t *m, const double *values, const rlp_rule_t *rule, rlp_text_t *out) {
    static const char *const words[] = {"at every visit", "at progression", "at second progression"};
    static const char *const of[] = {"cells", "of start", "of nadir"}, *const responses[] = {"NE", "PD", "SD", "PR", "CR"};
    switch (rule->when) {
    case RLP_WHEN_VISIT:
    case RLP_WHEN_PROGRESSION:
    case RLP_WHEN_SECOND_PROGRESSION: rlp_text_add(out, words[rule->when]); break;
    case RLP_WHEN_BURDEN:
        rlp_text_format(out, "when %s >= %g %s", rule->measure == RLP_MEASURE_SIZE ? "size" : "viable",
                        values[rule->amount] * (rule->share_of == RLP_OF_CELLS ? 1 : 100), rule->share_of == RLP_OF_CELLS ? "" : "% ");
        rlp_text_add(out, of[rule->share_of]);
        break;
    case RLP_WHEN_RESPONSE: rlp_text_format(out, "when the response is %s or better", responses[rule->response]); break;
    case RLP_WHEN_TOXICITY:
        rlp_text_format(out, "after a toxicity of %s", rule->of_intervention ? m->interventions[rule->what].name : m->drugs[rule->what].name);
        break;
    case RLP_WHEN_EXPOSURE: rlp_text_format(out, "when %g mg of %s were given", values[rule->amount], m->drugs[rule->what].name); break;
    }
}

static void add_give(const rlp_tumour_t *m, const double *values, const tumour_item_t *item, rlp_text_t *out) {
    rlp_text_format(out, "give %s %g mg every %g d", m->drugs[item->what].name, tumour_dose_mg(m, values, item), values[item->every]);
    if (values[item->from] > 0) rlp_text_format(out, " after %g d", values[item->from]);
    if (item->until != NO_PARAMETER) rlp_text_format(out, " until %g d later", values[item->until]);
    if (item->doses != NO_PARAMETER) rlp_text_format(out, ", %g doses", values[item->doses]);
    if (item->missed != NO_PARAMETER) rlp_text_format(out, ", %g %% of them missed", 100 * values[item->missed]);
}

static void add_act(const rlp_tumour_t *m, const double *values, const rlp_act_t *act, rlp_text_t *out) {
    const char *name = act->kind == RLP_ACT_DO ? m->interventions[act->what].name : m->drugs[act->what].name;
    switch (act->kind) {
    case RLP_ACT_GIVE: add_give(m, values, &m->items[act->item], out); break;
    case RLP_ACT_STOP: rlp_text_format(out, "stop %s", name); break;
    case RLP_ACT_REDUCE: rlp_text_format(out, "reduce %s to %g %%", name, 100 * values[act->amount]); break;
    case RLP_ACT_PAUSE: rlp_text_format(out, "pause %s for %g d", name, values[act->amount]); break;
    case RLP_ACT_DO: rlp_text_format(out, "do %s", name); break;
    }
}

static void add_acts(const rlp_tumour_t *m, const double *values, const rlp_act_t *acts, size_t n, rlp_text_t *out) {
    if (!n) rlp_text_add(out, "nothing");
    for (size_t i = 0; i < n; i++) {
        if (i) rlp_text_add(out, " and ");
        add_act(m, values, &acts[i], out);
    }
}

void tumour_describe_rule(const rlp_tumour_t *m, const double *values, const rlp_rule_t *rule, rlp_text_t *out) {
    rlp_text_add(out, "  ");
    add_condition(m, values, rule, out);
    rlp_text_add(out, ": ");
    if (rule->test != RLP_NONE) {
        const rlp_test_t *test = &m->tests[rule->test];
        rlp_text_format(out, "test %s; %g d later", test->name, values[test->turnaround]);
        const char *between = ", if it finds ";
        for (size_t t = 0; t < m->n_traits; t++) {
            if (!set_has(rule->positive, t)) continue;
            rlp_text_format(out, "%s%s", between, m->traits[t].name);
            between = " or ";
        }
        rlp_text_add(out, ": ");
    }
    add_acts(m, values, rule->then, rule->n_then, out);
    if (rule->test != RLP_NONE) {
        rlp_text_add(out, ", else ");
        add_acts(m, values, rule->otherwise, rule->n_otherwise, out);
    }
    if (rule->at_most != NO_PARAMETER && values[rule->at_most] > 1) rlp_text_format(out, "; at most %g times", values[rule->at_most]);
    if (rule->gap != NO_PARAMETER) rlp_text_format(out, "; %g d apart", values[rule->gap]);
    rlp_text_add(out, "\n");
}
