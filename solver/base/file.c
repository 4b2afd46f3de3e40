/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relapse/memory.h"
#include "relapse/text.h"

static int write_all(int fd, const char *bytes, size_t length) {
    while (length) {
        ssize_t wrote = write(fd, bytes, length);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return -1;
        bytes += wrote;
        length -= (size_t)wrote;
    }
    return 0;
}

static void sync_folder_of(const char *path) {
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

int rlp_file_write_whole(const char *path, const void *bytes, size_t length) {
    char beside[4096];
    if (snprintf(beside, sizeof beside, "%s.part", path) >= (int)sizeof beside)
        return rlp_fail(RLP_ERROR_CREATE, "%s: the path is too long", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return rlp_fail(RLP_ERROR_CREATE, "%s: %s", beside, strerror(errno));
    int bad = write_all(fd, bytes, length) || fsync(fd);
    int why = errno;
    if (close(fd) && !bad) bad = 1, why = errno;
    if (!bad && rename(beside, path)) bad = 1, why = errno;
    if (bad) {
        unlink(beside);
        return rlp_fail(RLP_ERROR_IO, "%s: %s", path, strerror(why));
    }
    sync_folder_of(path);
    return RLP_OK;
}

int rlp_file_read_whole(const char *path, char **bytes, size_t *length) {
    *bytes = NULL;
    *length = 0;
    FILE *file = fopen(path, "rbe");
    struct stat info;
    if (!file) return rlp_fail(RLP_ERROR_NO_INPUT, "%s: %s", path, strerror(errno));
    if (!fstat(fileno(file), &info) && S_ISDIR(info.st_mode)) {
        fclose(file);
        return rlp_fail(RLP_ERROR_NO_INPUT, "%s: is a folder", path);
    }
    size_t capacity = 0, got;
    int rc = RLP_OK;
    do {
        rc = rlp_memory_grow((void **)bytes, &capacity, *length + 65537, 1);
        if (rc) break;
        got = fread(*bytes + *length, 1, 65536, file);
        *length += got;
    } while (got);
    if (!rc && ferror(file)) rc = rlp_fail(RLP_ERROR_NO_INPUT, "%s: %s", path, strerror(errno));
    fclose(file);
    if (rc) {
        free(*bytes);
        *bytes = NULL;
        return rc;
    }
    (*bytes)[*length] = '\0';
    return RLP_OK;
}
