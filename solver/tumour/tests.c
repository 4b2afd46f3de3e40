/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `tests:`: what a sample of the tumour can tell, how surely and how soon. */
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

/* One trait or a list of them as a set. */
static tumour_set_t traits_of(tumour_reader_t *reader, const rlp_node_t *node) {
    tumour_set_t set = 0;
    size_t n = node->kind == RLP_NODE_LIST ? node->n_items : 1;
    if (!n) COMPLAIN(reader, node->place, "a test of no trait tells nothing");
    for (size_t i = 0; i < n; i++) {
        const rlp_node_t *one = node->kind == RLP_NODE_LIST ? node->items[i] : node;
        size_t trait = RLP_NONE;
        if (one->kind == RLP_NODE_SCALAR)
            trait = tumour_trait_of(reader, one->text, one->place);
        else
            COMPLAIN(reader, one->place, "expected the name of a trait");
        if (trait != RLP_NONE) set |= set_of(trait);
    }
    return set;
}

static tumour_set_t sites_of(tumour_reader_t *reader, const rlp_node_t *node) {
    bool any = !node || (node->kind == RLP_NODE_SCALAR && !strcmp(node->text, "any") && tumour_find_site(reader->model, "any") == RLP_NONE);
    if (!any) return tumour_sites_of(reader, node);
    tumour_set_t all = 0;
    for (size_t s = 0; s < reader->model->n_sites; s++) all |= set_of(s);
    return all;
}

static int read_test(tumour_reader_t *reader, const rlp_node_t *node) {
    rlp_tumour_t *model = reader->model;
    int rc = RLP_GROW(model->tests, model->test_capacity, model->n_tests + 1);
    if (rc) return rc;
    rlp_test_t *test = &model->tests[model->n_tests];
    *test = (rlp_test_t){.limit = NO_PARAMETER};
    if ((rc = tumour_keep(model, node->key, &test->name))) return rc;
    model->n_tests++;
    (void)tumour_name_fits(reader, node, "a test");
    if (!tumour_map(reader, node, KEYS_TEST, "a test")) return RLP_OK;
    const rlp_node_t *of = rlp_node_member(node, "of");
    if (of) test->of = traits_of(reader, of);
    test->limit = tumour_parameter(reader, node, KEYS_TEST, "limit");
    test->sensitivity = tumour_parameter(reader, node, KEYS_TEST, "sensitivity");
    test->specificity = tumour_parameter(reader, node, KEYS_TEST, "specificity");
    test->turnaround = tumour_parameter(reader, node, KEYS_TEST, "turnaround");
    test->sites = sites_of(reader, rlp_node_member(node, "site"));
    return RLP_OK;
}

int tumour_read_tests(tumour_reader_t *reader, const rlp_node_t *tests) {
    if (!tests) return RLP_OK;
    if (tests->kind != RLP_NODE_MAP) {
        COMPLAIN(reader, tests->place, "tests must be a map of tests by name");
        return RLP_OK;
    }
    int rc = RLP_OK;
    for (size_t i = 0; i < tests->n_items && !rc; i++) rc = read_test(reader, tests->items[i]);
    return rc;
}

const rlp_test_t *rlp_tumour_tests(const rlp_tumour_t *model, size_t *n) {
    *n = model->n_tests;
    return model->tests;
}
