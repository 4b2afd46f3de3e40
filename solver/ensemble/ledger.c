/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger's format, and reading it. Nothing read from the file is believed before a checksum: lengths are compared with what this
 * program expects and with the size of the file. */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "relapse/memory.h"
#include "relapse/text.h"

enum { MARK_EVERY = 1024 };
static const char MAGIC[] = "RLPLEDG1";
static const uint32_t SLOT_MAGIC = 0x544c5352u; /* "RSLT" */

struct rlp_ledger {
    int fd;
    char *path;
    uint64_t probe;
    ledger_layout_t layout;
};

typedef struct {
    uint64_t probe, n_slots, total_bytes, text_length;
    uint32_t text_crc;
} header_t;

static void put32(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> (8 * i));
}

static void put64(unsigned char *at, uint64_t value) {
    for (int i = 0; i < 8; i++) at[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t get32(const unsigned char *at) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) value |= (uint32_t)at[i] << (8 * i);
    return value;
}

static uint64_t get64(const unsigned char *at) { return get32(at) | (uint64_t)get32(at + 4) << 32; }

static uint32_t crc_of(const void *bytes, size_t length) { return (uint32_t)crc32_z(0, bytes, length); }

static uint64_t fill_up(uint64_t length) { return (length + 7) & ~(uint64_t)7; }

/* ---- where slots lie ---------------------------------------------------------------------------------------------------------- */

size_t ledger_slot_bytes(const ledger_layout_t *layout, uint64_t slot) {
    return LEDGER_SLOT_BYTES + (size_t)fill_up(layout->payload_bytes(layout->context, slot));
}

int ledger_layout_init(ledger_layout_t *layout, uint64_t n_slots, size_t (*payload_bytes)(void *, uint64_t), void *context,
                       size_t text_length) {
    memset(layout, 0, sizeof *layout);
    layout->n_slots = n_slots;
    layout->payload_bytes = payload_bytes;
    layout->context = context;
    layout->slots_at = layout->offset = LEDGER_HEADER_BYTES + fill_up(text_length);
    int rc = RLP_NEW(layout->marks, (size_t)(n_slots / MARK_EVERY) + 1);
    if (rc) return rc;
    uint64_t offset = layout->slots_at;
    for (uint64_t slot = 0; slot < n_slots; slot++) {
        if (slot % MARK_EVERY == 0) layout->marks[slot / MARK_EVERY] = offset;
        size_t bytes = ledger_slot_bytes(layout, slot);
        if (bytes > layout->largest) layout->largest = bytes;
        if (offset > (uint64_t)INT64_MAX - bytes) return rlp_fail(RLP_ERROR_INPUT, "the results would take more than 2^63 bytes");
        offset += bytes;
    }
    layout->total_bytes = offset;
    return RLP_OK;
}

void ledger_layout_free(ledger_layout_t *layout) {
    free(layout->marks);
    layout->marks = NULL;
}

uint64_t ledger_layout_offset(ledger_layout_t *layout, uint64_t slot) {
    if (slot < layout->slot || slot - layout->slot > slot % MARK_EVERY) {
        layout->slot = slot - slot % MARK_EVERY;
        layout->offset = layout->marks[slot / MARK_EVERY];
    }
    for (; layout->slot < slot; layout->slot++) layout->offset += ledger_slot_bytes(layout, layout->slot);
    return layout->offset;
}

/* ---- making ------------------------------------------------------------------------------------------------------------------- */

/* CRC over number, length and payload, which lie side by side. */
void ledger_slot_seal(unsigned char *slot_bytes, uint64_t slot, size_t payload_length) {
    put32(slot_bytes, SLOT_MAGIC);
    put64(slot_bytes + 8, slot);
    put64(slot_bytes + 16, payload_length);
    put32(slot_bytes + 4, crc_of(slot_bytes + 8, payload_length + 16));
}

int ledger_create(const char *path, const ledger_layout_t *layout, const char *text, uint64_t probe) {
    size_t length = strlen(text);
    unsigned char *bytes = NULL;
    int rc = RLP_NEW(bytes, (size_t)layout->slots_at);
    if (rc) return rc;
    memcpy(bytes, MAGIC, 8);
    put32(bytes + 8, LEDGER_VERSION);
    put32(bytes + 12, crc_of(text, length));
    put64(bytes + 16, probe);
    put64(bytes + 24, layout->n_slots);
    put64(bytes + 32, layout->total_bytes);
    put64(bytes + 40, length);
    put32(bytes + 48, crc_of(bytes, 48));
    memcpy(bytes + LEDGER_HEADER_BYTES, text, length);
    rc = rlp_file_write_whole(path, bytes, (size_t)layout->slots_at); /* synced before its name appears, so before any slot */
    free(bytes);
    return rc;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------- */

/* How many of `length` bytes there are at `offset`; -1 for a real error. */
static ssize_t read_at(int fd, void *bytes, size_t length, uint64_t offset) {
    size_t got = 0;
    while (got < length) {
        ssize_t n = pread(fd, (char *)bytes + got, length - got, (off_t)(offset + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static int damaged(const char *path, const char *what) {
    return rlp_fail(RLP_ERROR_INPUT, "%s: %s; it cannot be resumed: start anew without --resume", path, what);
}

static int header_read(int fd, const char *path, header_t *header) {
    unsigned char bytes[LEDGER_HEADER_BYTES];
    struct stat info;
    ssize_t got = read_at(fd, bytes, sizeof bytes, 0);
    if (got < 0 || fstat(fd, &info)) return rlp_fail(RLP_ERROR_IO, "%s: %s", path, strerror(errno));
    if (got < 8 || memcmp(bytes, MAGIC, 8)) return damaged(path, "this is not a ledger of relapse");
    if (got < LEDGER_HEADER_BYTES) return damaged(path, "the ledger's header is cut short");
    if (get32(bytes + 48) != crc_of(bytes, 48)) return damaged(path, "the ledger's header is damaged");
    if (get32(bytes + 8) != LEDGER_VERSION) return damaged(path, "the ledger was written by another version of relapse");
    header->text_crc = get32(bytes + 12);
    header->probe = get64(bytes + 16);
    header->n_slots = get64(bytes + 24);
    header->total_bytes = get64(bytes + 32);
    header->text_length = get64(bytes + 40);
    if (header->text_length > (uint64_t)info.st_size - LEDGER_HEADER_BYTES) return damaged(path, "the ledger's input text is cut short");
    return RLP_OK;
}

static int file_open(const char *path, int *fd) {
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    return *fd < 0 ? rlp_fail(RLP_ERROR_NO_INPUT, "%s: %s", path, strerror(errno)) : RLP_OK;
}

int rlp_ledger_fingerprint(const char *path, char **text) {
    int fd = -1;
    header_t header;
    *text = NULL;
    int rc = file_open(path, &fd);
    if (!rc) rc = header_read(fd, path, &header);
    if (!rc) rc = rlp_memory_new((void **)text, (size_t)header.text_length + 1, 1);
    if (!rc) {
        ssize_t got = read_at(fd, *text, (size_t)header.text_length, LEDGER_HEADER_BYTES);
        if (got < 0)
            rc = rlp_fail(RLP_ERROR_IO, "%s: %s", path, strerror(errno));
        else if ((uint64_t)got < header.text_length || crc_of(*text, (size_t)got) != header.text_crc)
            rc = damaged(path, "the ledger's input text is damaged");
    }
    if (fd >= 0) close(fd);
    if (rc) {
        free(*text);
        *text = NULL;
    }
    return rc;
}

int rlp_ledger_open(const char *path, uint64_t n_slots, size_t (*payload_bytes)(void *, uint64_t), void *context, rlp_ledger_t **out) {
    rlp_ledger_t *ledger = NULL;
    header_t header;
    *out = NULL;
    int rc = RLP_NEW(ledger, 1);
    if (rc) return rc;
    ledger->fd = -1;
    if ((rc = rlp_memory_copy_text(&ledger->path, path))) goto out;
    if ((rc = file_open(path, &ledger->fd))) goto out;
    if ((rc = header_read(ledger->fd, path, &header))) goto out;
    if ((rc = ledger_layout_init(&ledger->layout, n_slots, payload_bytes, context, (size_t)header.text_length))) goto out;
    ledger->probe = header.probe;
    if (header.n_slots != n_slots || header.total_bytes != ledger->layout.total_bytes) {
        rc = rlp_fail(RLP_ERROR_INPUT,
                      "%s: the ledger has %" PRIu64 " blocks in %" PRIu64 " bytes where this program makes %" PRIu64 " in %" PRIu64
                      ": it was written by another build",
                      path, header.n_slots, header.total_bytes, n_slots, ledger->layout.total_bytes);
        goto out;
    }
    *out = ledger;
    ledger = NULL;
out:
    rlp_ledger_close(ledger);
    return rc;
}

uint64_t ledger_probe(const rlp_ledger_t *ledger) { return ledger->probe; }

/* The zeros behind a payload belong to the slot too, so that a mended file is the same to its last byte. */
static ssize_t filling(rlp_ledger_t *ledger, uint64_t slot, size_t length, bool *whole) {
    unsigned char zeros[8] = {0}, bytes[8] = {0};
    size_t expected = (size_t)(fill_up(length) - length);
    ssize_t got = read_at(ledger->fd, bytes, expected, ledger_layout_offset(&ledger->layout, slot) + LEDGER_SLOT_BYTES + length);
    *whole = got == (ssize_t)expected && memcmp(bytes, zeros, sizeof zeros) == 0;
    return got;
}

int rlp_ledger_read(rlp_ledger_t *ledger, uint64_t slot, unsigned char *payload, bool *whole) {
    *whole = false;
    if (slot >= ledger->layout.n_slots) return rlp_fail(RLP_ERROR_INTERNAL, "%s: there is no slot %" PRIu64, ledger->path, slot);
    unsigned char head[LEDGER_SLOT_BYTES];
    size_t length = ledger->layout.payload_bytes(ledger->layout.context, slot);
    uint64_t offset = ledger_layout_offset(&ledger->layout, slot);
    ssize_t got = read_at(ledger->fd, head, sizeof head, offset);
    if (got == (ssize_t)sizeof head && get32(head) == SLOT_MAGIC && get64(head + 8) == slot && get64(head + 16) == length) {
        got = read_at(ledger->fd, payload, length, offset + LEDGER_SLOT_BYTES);
        uint32_t crc = crc_of(head + 8, 16);
        if (got == (ssize_t)length && (uint32_t)crc32_z(crc, payload, length) == get32(head + 4))
            got = filling(ledger, slot, length, whole);
    }
    if (got < 0) return rlp_fail(RLP_ERROR_IO, "%s: slot %" PRIu64 ": %s", ledger->path, slot, strerror(errno));
    return RLP_OK;
}

void rlp_ledger_close(rlp_ledger_t *ledger) {
    if (!ledger) return;
    if (ledger->fd >= 0) close(ledger->fd);
    ledger_layout_free(&ledger->layout);
    free(ledger->path);
    free(ledger);
}
