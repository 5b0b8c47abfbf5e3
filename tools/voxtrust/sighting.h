/*
 * A line of a server's log that says which file an address asked for, or which phone asked something. Source:
 * docs/formats/store.md 8.6.
 */
#ifndef VOXTRUST_SIGHTING_H
#define VOXTRUST_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/inventory.h>

enum { SIGHTING_FILE_MAX = 63, SIGHTING_LINE_MAX = 8192 };

struct sighting {
    int64_t time;                            /* seconds since 1970 */
    char address[INVENTORY_ADDRESS_MAX + 1]; /* IPv4 or IPv6, canonical */
    char file[SIGHTING_FILE_MAX + 1];        /* without folder; "" when it is longer than any that phones ask for */
    char device[PHONE_NAME_MAX + 1];         /* who it says it is, "" where the file tells */
    char model[INVENTORY_MODEL_MAX + 1];     /* likewise */
    const char *how;                         /* "dnsmasq", "tftpd", "http", "tvs" */
    bool absent;                             /* the server says that there is no such file */
};

/*
 * sighting_read(line, len, now, out): dnsmasq, tftpd-hpa and voxtvsd by syslog, nginx and Apache in the combined or
 * common form; which one, the line itself tells. Syslog has no year: the one that makes it the latest time up to a day
 * after now. False: another kind of line.
 */
bool sighting_read(const char *line, size_t len, int64_t now, struct sighting *out);

/* sighting_device(file, out): the phone that a file belongs to: "SEP0123456789AB.cnf.xml.sgn",
 * "ITLSEP0123456789AB.tlv". False for files of everybody. */
bool sighting_device(const char *file, char out[static PHONE_NAME_MAX + 1]);

#endif
