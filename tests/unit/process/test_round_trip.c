/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is printed reads back as the same process to the last bit: random processes, several arms, one base row. */
#include "exam.h"
#include "relapse/variates.h"

static rlp_stream_t stream;

static size_t below(size_t n) { return (size_t)(rlp_stream_uniform(&stream) * (double)n); }
static double magnitude(double low, double high) { return rlp_stream_uniform(&stream) < 0.1 ? 0 : exp(log(low) + (log(high) - log(low)) * rlp_stream_uniform(&stream)); }

static void random_row(const rlp_process_t *p, double *row) {
    for (size_t i = 0; i < 2 * p->n_types; i++) row[i] = magnitude(1e-12, 1e2);
    for (size_t c = 0; c < p->n_channels; c++)
        row[2 * p->n_types + c] = p->channels[c].kind == RLP_CHANNEL_DIVISION ? magnitude(1e-17, 1.0 / (double)p->n_channels) : magnitude(1e-300, 1e6);
}

static void random_process(rlp_process_t *p, size_t n_types, size_t n_channels) {
    assert_int_equal(rlp_process_init(p, n_types, n_channels), RLP_OK);
    for (size_t i = 0; i < n_types; i++) {
        char name[32];
        snprintf(name, sizeof name, "core/met+%zu.x", i);
        assert_int_equal(rlp_process_name_type(p, i, name), RLP_OK);
        p->start_cells[i] = (int64_t)magnitude(1, 4e18);
    }
    for (size_t c = 0; c < n_channels; c++) {
        rlp_channel_kind_t kind = (rlp_channel_kind_t)below(n_types > 1 ? 4 : 1);
        if (n_types == 1) kind = RLP_CHANNEL_IMMIGRATION;
        size_t from = below(n_types), to = (from + 1 + below(n_types > 1 ? n_types - 1 : 1)) % n_types;
        p->channels[c] = (rlp_channel_t){.kind = kind, .from = kind == RLP_CHANNEL_IMMIGRATION ? RLP_NONE : from, .to = to};
        char name[32];
        snprintf(name, sizeof name, "c %zu", c);
        if (below(2)) assert_int_equal(rlp_process_name_channel(p, c, name), RLP_OK);
    }
    p->capacity_law = (rlp_capacity_law_t)below(3);
    if (p->capacity_law != RLP_CAPACITY_NONE) p->capacity_cells = 2 + magnitude(2, 1e15);
    p->clearance_per_day = magnitude(1e-3, 1);
}

static void random_timeline(rlp_process_t *p) {
    double row[64], kill[16], day = 0;
    size_t index, survive;
    random_row(p, row);
    for (size_t s = 0; s < 12; s++) {
        survive = RLP_NONE;
        for (size_t i = 0; i < p->n_types; i++) kill[i] = below(2) ? 1 : magnitude(1e-15, 1);
        if (below(2)) assert_int_equal(rlp_process_add_survive(p, kill, &survive), RLP_OK);
        if (s && below(2)) {
            double other[64];
            random_row(p, other);
            for (size_t k = 0; k < 3; k++) {
                size_t slot = below(p->row_size);
                row[slot] = other[slot];
            }
        }
        assert_int_equal(rlp_process_add_rates(p, row, &index), RLP_OK);
        assert_int_equal(rlp_process_add_segment(p, day, index, survive), RLP_OK);
        day += below(4) ? magnitude(1e-3, 100) : 0;
    }
}

static void assert_same(const rlp_process_t *a, const rlp_process_t *b) {
    assert_true(a->n_types == b->n_types && a->n_channels == b->n_channels && a->n_segments == b->n_segments);
    assert_memory_equal(a->start_cells, b->start_cells, a->n_types * sizeof *a->start_cells);
    assert_true(a->capacity_law == b->capacity_law && a->capacity_cells == b->capacity_cells && a->clearance_per_day == b->clearance_per_day);
    for (size_t i = 0; i < a->n_types; i++) assert_string_equal(a->type_names[i], b->type_names[i]);
    for (size_t c = 0; c < a->n_channels; c++) {
        assert_true(a->channels[c].kind == b->channels[c].kind && a->channels[c].from == b->channels[c].from && a->channels[c].to == b->channels[c].to);
        if (a->channel_names[c]) assert_string_equal(a->channel_names[c], b->channel_names[c]);
    }
    for (size_t s = 0; s < a->n_segments; s++) {
        const rlp_segment_t *x = &a->segments[s], *y = &b->segments[s];
        assert_true(x->start_days == y->start_days && (x->survive == RLP_NONE) == (y->survive == RLP_NONE));
        assert_memory_equal(a->rates + x->rates * a->row_size, b->rates + y->rates * b->row_size, a->row_size * sizeof(double));
        if (x->survive == RLP_NONE) continue;
        assert_memory_equal(a->survive + x->survive * a->n_types, b->survive + y->survive * b->n_types, a->n_types * sizeof(double));
    }
}

/* Survival events that kill nobody are no events once they are printed. */
static void drop_idle_events(rlp_process_t *p) {
    for (size_t s = 0; s < p->n_segments; s++) {
        size_t row = p->segments[s].survive, i = 0;
        while (row != RLP_NONE && i < p->n_types && p->survive[row * p->n_types + i] == 1) i++;
        if (i == p->n_types) p->survive[row * p->n_types] = 0.5;
    }
}

static void written_processes_read_back_to_the_bit(void **state) {
    (void)state;
    rlp_stream_init(&stream, 51, 1, 1);
    for (int round = 0; round < 300; round++) {
        rlp_process_t p, back;
        rlp_text_t text;
        random_process(&p, 1 + below(5), below(6));
        random_timeline(&p);
        drop_idle_events(&p);
        rlp_text_init(&text);
        rlp_process_write(&p, &text);
        rlp_text_add(&text, "arms:\n");
        rlp_process_write_arm(&p, p.rates + p.segments[0].rates * p.row_size, "the arm", &text);
        exam_process(rlp_text_string(&text), &back);
        assert_same(&p, &back);
        rlp_text_free(&text);
        rlp_process_free(&back);
        rlp_process_free(&p);
    }
}

/* Another arm is written as changes from the first row of the first arm. */
static void a_second_arm_is_written_against_the_same_row(void **state) {
    (void)state;
    rlp_stream_init(&stream, 52, 1, 1);
    for (int round = 0; round < 100; round++) {
        rlp_process_t p, back;
        rlp_text_t text;
        double base[64];
        random_process(&p, 1 + below(5), below(6));
        random_timeline(&p);
        drop_idle_events(&p);
        random_row(&p, base);
        rlp_text_init(&text);
        size_t index, first = p.segments[0].rates;
        assert_int_equal(rlp_process_add_rates(&p, base, &index), RLP_OK);
        p.segments[0].rates = index; /* as the first arm would have it */
        rlp_process_write(&p, &text);
        p.segments[0].rates = first;
        rlp_text_add(&text, "arms:\n");
        rlp_process_write_arm(&p, base, "second", &text);
        exam_process(rlp_text_string(&text), &back);
        assert_same(&p, &back);
        rlp_text_free(&text);
        rlp_process_free(&back);
        rlp_process_free(&p);
    }
}

static void names_that_yaml_minds_survive(void **state) {
    rlp_process_t p, back;
    rlp_text_t text;
    (void)state;
    exam_process("process: {types: {\"it's\": {cells: 1, birth: 0, death: 0}, 'R: x': {cells: 0, birth: 0, death: 0}},\n"
                 "  channels: [{kind: switch, from: \"it's\", to: 'R: x', rate: 1, name: \"don't\"}]}\narms: {a: {timeline: [{at: 1 d, survive: {\"it's\": 0.5}, set: {\"don't\": {rate: 2}}}]}}", &p);
    rlp_text_init(&text);
    rlp_process_write(&p, &text);
    rlp_text_add(&text, "arms:\n");
    rlp_process_write_arm(&p, p.rates, "dr's choice", &text);
    exam_process(rlp_text_string(&text), &back);
    assert_same(&p, &back);
    rlp_text_free(&text);
    rlp_process_free(&back);
    rlp_process_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_processes_read_back_to_the_bit),
        cmocka_unit_test(a_second_arm_is_written_against_the_same_row),
        cmocka_unit_test(names_that_yaml_minds_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
