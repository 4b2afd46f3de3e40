/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tumour floor as a whole: reading in the order in which concepts name each other, and what others may ask of the model. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

static int read_all(tumour_reader_t *reader) {
    const rlp_node_t *root = reader->root, *tumour = rlp_node_member(root, "tumour");
    if (!tumour_map(reader, tumour, KEYS_TUMOUR, "tumour")) {
        if (!tumour) COMPLAIN(reader, root->place, "the input needs 'tumour:'");
        return RLP_OK;
    }
    int rc = tumour_read_sites(reader, tumour);
    if (rc || !reader->model->n_sites) return rc;
    if (!rc) rc = tumour_read_traits(reader, rlp_node_member(root, "traits"));
    if (!rc) rc = tumour_read_patient(reader, rlp_node_member(root, "patient"));
    if (!rc) rc = tumour_read_drugs(reader, rlp_node_member(root, "drugs"));
    if (!rc) rc = tumour_read_signals(reader, rlp_node_member(root, "signals"));
    if (!rc) rc = tumour_read_interventions(reader, rlp_node_member(root, "interventions"));
    if (!rc) rc = tumour_read_mechanisms(reader, rlp_node_member(root, "mechanisms"));
    if (!rc) rc = tumour_read_tests(reader, rlp_node_member(root, "tests"));
    if (!rc) rc = tumour_read_arms(reader, rlp_node_member(root, "arms"));
    return rc ? rc : tumour_settle_rows(reader);
}

int rlp_tumour_read(const rlp_node_t *root, rlp_parameters_t *parameters, rlp_diagnostics_t *diagnostics, rlp_tumour_t **out) {
    tumour_reader_t reader = {NULL, parameters, diagnostics, root};
    *out = NULL;
    int rc = RLP_NEW(reader.model, 1);
    if (rc) return rc;
    size_t errors = rlp_diagnostics_errors(diagnostics);
    rc = read_all(&reader);
    reader.model->n_parameters = parameters->n;
    reader.model->is_whole = rlp_diagnostics_errors(diagnostics) == errors;
    if (rc) {
        rlp_tumour_free(reader.model);
        return rc;
    }
    *out = reader.model;
    return RLP_OK;
}

void rlp_tumour_free(rlp_tumour_t *model) {
    if (!model) return;
    for (size_t i = 0; i < model->n_drugs; i++) free(model->drugs[i].resisted);
    for (size_t i = 0; i < model->n_interventions; i++) free(model->interventions[i].pushes), free(model->interventions[i].resisted);
    for (size_t i = 0; i < model->n_items; i++) free(model->items[i].at);
    for (size_t i = 0; i < model->n_arms; i++) {
        const tumour_arm_t *arm = &model->arms[i];
        void *const blocks[] = {arm->items, arm->rules, arm->uses, arm->switched, arm->row_on, arm->order, arm->felt};
        for (size_t k = 0; k < COUNT(blocks); k++) free(blocks[k]);
    }
    for (size_t i = 0; i < model->n_acts; i++) free(model->acts[i]);
    for (size_t i = 0; i < model->n_kept; i++) free(model->kept[i]);
    void *const blocks[] = {model->drugs, model->interventions, model->signals,  model->rows,  model->arrows,   model->items, model->tests,
                            model->arms,  model->genotypes,     model->plastics, model->types, model->channels, model->kept,  model->acts};
    for (size_t i = 0; i < COUNT(blocks); i++) free(blocks[i]);
    free(model);
}

bool rlp_tumour_is_whole(const rlp_tumour_t *model) { return model->is_whole; }
size_t rlp_tumour_arms(const rlp_tumour_t *model) { return model->n_arms; }
const char *rlp_tumour_arm_name(const rlp_tumour_t *model, size_t arm) { return model->arms[arm].name; }

size_t rlp_tumour_traits(const rlp_tumour_t *model) { return model->n_traits; }
const char *rlp_tumour_trait_name(const rlp_tumour_t *model, size_t trait) { return model->traits[trait].name; }
size_t rlp_tumour_drugs(const rlp_tumour_t *model) { return model->n_drugs; }
const char *rlp_tumour_drug_name(const rlp_tumour_t *model, size_t drug) { return model->drugs[drug].name; }
size_t rlp_tumour_interventions(const rlp_tumour_t *model) { return model->n_interventions; }
const char *rlp_tumour_intervention_name(const rlp_tumour_t *model, size_t intervention) { return model->interventions[intervention].name; }
uint32_t rlp_tumour_type_traits(const rlp_tumour_t *model, size_t type) { return model->types[type].traits; }
size_t rlp_tumour_type_site(const rlp_tumour_t *model, size_t type) { return model->types[type].site; }
size_t rlp_tumour_sites(const rlp_tumour_t *model) { return model->n_sites; }
const char *rlp_tumour_site_name(const rlp_tumour_t *model, size_t site) { return model->sites[site].name; }
double rlp_tumour_drug_toxicity(const rlp_tumour_t *model, const double *values, size_t drug) {
    return value_or(values, model->drugs[drug].toxicity, 0);
}
double rlp_tumour_intervention_toxicity(const rlp_tumour_t *model, const double *values, size_t intervention) {
    return value_or(values, model->interventions[intervention].toxicity, 0);
}
bool rlp_tumour_capped(const rlp_tumour_t *model, const double *values) { return tumour_growth(model, values) < values[model->growth]; }

/* ---- the scan's view ------------------------------------------------------------------------------------------------------ */
static int fill_lesions(const rlp_tumour_t *model, size_t site, rlp_lesions_t *lesions) {
    free(lesions->name);
    int rc = rlp_memory_copy_text(&lesions->name, model->sites[site].name);
    for (size_t i = 0; i < model->n_types; i++) {
        size_t s = model->types[i].site;
        lesions->of[i] = s == site || model->sites[s].part_of == site;
    }
    lesions->lesions = model->sites[site].lesions;
    return rc;
}

int rlp_tumour_lesions(const rlp_tumour_t *model, rlp_endpoints_t *endpoints) {
    size_t n = 0, at = 0;
    for (size_t s = 0; s < model->n_sites; s++) n += model->sites[s].part_of == RLP_NONE;
    int rc = rlp_endpoints_init(endpoints, model->n_types, n);
    if (rc) return rc;
    for (size_t s = 0; s < model->n_sites && !rc; s++)
        if (model->sites[s].part_of == RLP_NONE) rc = fill_lesions(model, s, &endpoints->lesions[at++]);
    endpoints->cells_per_mm3 = model->cells_per_cm3 / 1000;
    if (rc) rlp_endpoints_free(endpoints);
    return rc;
}
