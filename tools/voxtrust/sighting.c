#include "sighting.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libcert/clock.h>
#include <libcert/phonemodel.h>

enum { DAY = 24 * 3600 };

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* 0 to 11, -1 for none. */
static int month_of(const char *word)
{
    for (int i = 0; i < 12; i++)
        if (strncmp(word, months + 3 * i, 3) == 0)
            return i;
    return -1;
}

/* The word up to a blank at *p, which moves behind it. False when it does not fit. */
static bool word(const char **p, char *out, size_t outlen)
{
    size_t n = strcspn(*p, " ");

    if (n == 0 || n >= outlen)
        return false;
    memcpy(out, *p, n);
    out[n] = '\0';
    *p += n + strspn(*p + n, " ");
    return true;
}

static bool take_address(const char *text, char out[static INVENTORY_ADDRESS_MAX + 1])
{
    uint8_t raw[16];

    /* An IPv4 address on an IPv6 socket. */
    if (strncasecmp(text, "::ffff:", 7) == 0 && inet_pton(AF_INET, text + 7, raw) == 1)
        text += 7;
    if (inet_pton(AF_INET, text, raw) == 1)
        return inet_ntop(AF_INET, raw, out, INVENTORY_ADDRESS_MAX + 1) != NULL;
    return inet_pton(AF_INET6, text, raw) == 1 && inet_ntop(AF_INET6, raw, out, INVENTORY_ADDRESS_MAX + 1) != NULL;
}

/* The last part of a path; empty when no file of a phone is so long. */
static void take_file(const char *path, size_t len, struct sighting *out)
{
    const char *start = path;

    for (size_t i = 0; i < len; i++)
        if (path[i] == '/')
            start = path + i + 1;
    len -= (size_t)(start - path);
    out->file[0] = '\0';
    if (len <= SIGHTING_FILE_MAX) {
        memcpy(out->file, start, len);
        out->file[len] = '\0';
    }
}

/* "Nov 27 15:02:23" in local time, or RFC 3339 with or without a fraction; *p moves behind it and its blanks. */
static bool syslog_time(const char **p, int64_t now, int64_t *out)
{
    char day[24], rest[24];
    struct tm tm = {.tm_isdst = -1};
    time_t here = (time_t)now;
    int consumed = 0, month = month_of(*p);

    if (month < 0) {
        char text[40];
        const char *zone;

        if (!word(p, text, sizeof text))
            return false;
        char *dot = strchr(text, '.');
        if (dot != NULL && (zone = strpbrk(dot, "Z+-")) != NULL)
            memmove(dot, zone, strlen(zone) + 1);
        return clock_parse(text, out, NULL) == VOX_OK;
    }
    *p += 3 + strspn(*p + 3, " ");
    if (!word(p, day, sizeof day) || !word(p, rest, sizeof rest) ||
        sscanf(rest, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &consumed) != 3 || rest[consumed] != '\0')
        return false;
    struct tm today;
    char *end;
    long mday = strtol(day, &end, 10);

    if (*end != '\0' || mday < 1 || mday > 31 || localtime_r(&here, &today) == NULL)
        return false;
    tm.tm_mday = (int)mday;
    tm.tm_mon = month;
    tm.tm_year = today.tm_year + 1;
    do {
        struct tm copy = tm;

        *out = (int64_t)mktime(&copy);
        tm.tm_year--;
    } while (*out > now + DAY);
    return *out > 0;
}

/* What stands behind "host program[1]: ", or without the host; NULL: another program. A name that somebody asked for
 * stands further behind, whatever it looks like. */
static const char *said_by(const char *p, const char *program)
{
    size_t len = strlen(program);

    if (strncmp(p, program, len) != 0 || p[len] != '[') {
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
    if (strncmp(p, program, len) != 0 || p[len] != '[')
        return NULL;
    p += len + 1;
    p += strspn(p, "0123456789");
    return strncmp(p, "]: ", 3) == 0 ? p + 3 : NULL;
}

/* "sent /srv/tftp/CTLFile.tlv to 192.0.2.1", "file /srv/tftp/X not found for 192.0.2.1" */
static bool dnsmasq_says(const char *p, struct sighting *out)
{
    char address[80];
    const char *end;

    out->how = "dnsmasq";
    if (strncmp(p, "sent ", 5) == 0 && (end = strstr(p + 5, " to ")) != NULL) {
        take_file(p + 5, (size_t)(end - p - 5), out);
        end += 4;
    } else if (strncmp(p, "file ", 5) == 0 && (end = strstr(p + 5, " not found for ")) != NULL) {
        take_file(p + 5, (size_t)(end - p - 5), out);
        out->absent = true;
        end += 15;
    } else {
        return false;
    }
    return word(&end, address, sizeof address) && take_address(address, out->address);
}

/* "RRQ from 192.0.2.1 filename CTLFile.tlv" */
static bool tftpd_says(const char *p, struct sighting *out)
{
    char address[80];

    out->how = "tftpd";
    if (strncmp(p, "RRQ from ", 9) != 0)
        return false;
    p += 9;
    if (!word(&p, address, sizeof address) || !take_address(address, out->address) || strncmp(p, "filename ", 9) != 0)
        return false;
    p += 9;
    take_file(p, strcspn(p, " "), out);
    return true;
}

/* "192.0.2.1:51234: device=CP-8841-SEP0123456789AB verify trusted ...", "[2001:db8::7]:51234: device=..." */
static bool voxtvsd_says(const char *p, struct sighting *out)
{
    char address[80], device[80], *name, *port;
    struct phone_model model;

    out->how = "tvs";
    if (!word(&p, address, sizeof address) || strncmp(p, "device=", 7) != 0)
        return false;
    p += 7;
    if (!word(&p, device, sizeof device) || (name = strrchr(device, '-')) == NULL ||
        phone_name_check(name + 1, NULL) != VOX_OK || (strncmp(p, "verify ", 7) != 0 && strncmp(p, "query ", 6) != 0))
        return false;
    memcpy(out->device, name + 1, strlen(name + 1) + 1);
    *name = '\0';
    /* A model that knows no TVS has not asked. */
    if (strlen(device) < sizeof out->model && phone_model_find(device, &model) && !model.no_security_by_default)
        memcpy(out->model, device, strlen(device) + 1);
    if (address[0] == '[' && (port = strchr(address, ']')) != NULL) {
        *port = '\0';
        return take_address(address + 1, out->address);
    }
    return (port = strchr(address, ':')) != NULL && (*port = '\0', take_address(address, out->address));
}

static bool syslog_line(const char *p, int64_t now, struct sighting *out)
{
    const char *said;

    if (!syslog_time(&p, now, &out->time))
        return false;
    if ((said = said_by(p, "dnsmasq-tftp")) != NULL)
        return dnsmasq_says(said, out);
    if ((said = said_by(p, "in.tftpd")) != NULL || (said = said_by(p, "tftpd")) != NULL)
        return tftpd_says(said, out);
    return (said = said_by(p, "voxtvsd")) != NULL && voxtvsd_says(said, out);
}

/* "27/Nov/2026:15:02:23 +0100" */
static bool http_time(const char *p, int64_t *out)
{
    struct tm tm = {0};
    char name[4], sign;
    int hours, minutes, year;

    if (sscanf(p, "%2d/%3[A-Za-z]/%4d:%2d:%2d:%2d %c%2d%2d", &tm.tm_mday, name, &year, &tm.tm_hour, &tm.tm_min,
               &tm.tm_sec, &sign, &hours, &minutes) != 9 ||
        (tm.tm_mon = month_of(name)) < 0 || (sign != '+' && sign != '-'))
        return false;
    tm.tm_year = year - 1900;
    *out = (int64_t)timegm(&tm) - (sign == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
    return *out > 0;
}

/* 192.0.2.1 - - [27/Nov/2026:15:02:23 +0000] "GET /CTLFile.tlv HTTP/1.1" 200 4947 ... */
static bool http_line(const char *p, struct sighting *out)
{
    char address[80];
    const char *time, *request, *end;
    int status;

    if (!word(&p, address, sizeof address) || !take_address(address, out->address) || (time = strchr(p, '[')) == NULL ||
        !http_time(time + 1, &out->time) || (request = strstr(time, "] \"GET ")) == NULL)
        return false;
    request += 7;
    end = request + strcspn(request, " ?\"");
    take_file(request, (size_t)(end - request), out);
    if ((end = strchr(end, '"')) == NULL || sscanf(end, "\" %3d", &status) != 1)
        return false;
    out->how = "http";
    out->absent = status != 200 && status != 206 && status != 304;
    return true;
}

bool sighting_read(const char *line, size_t len, int64_t now, struct sighting *out)
{
    char text[SIGHTING_LINE_MAX + 1];

    *out = (struct sighting){0};
    if (len == 0 || len > SIGHTING_LINE_MAX || memchr(line, '\0', len) != NULL)
        return false;
    memcpy(text, line, len);
    text[len] = '\0';
    text[strcspn(text, "\r")] = '\0';
    return http_line(text, out) || syslog_line(text, now, out);
}

bool sighting_device(const char *file, char out[static PHONE_NAME_MAX + 1])
{
    static const char *const ends[] = {".tlv", ".cnf.xml", ".cnf.xml.sgn", ".cnf.xml.enc.sgn"};
    size_t len = strlen(file);
    bool list = (strncmp(file, "CTL", 3) == 0 || strncmp(file, "ITL", 3) == 0) && strncmp(file + 3, "File", 4) != 0;

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]), from = i == 0 ? 3 : 0;

        if (len <= from + end || strcmp(file + len - end, ends[i]) != 0 || (i == 0) != list ||
            len - end - from > PHONE_NAME_MAX)
            continue;
        (void)snprintf(out, PHONE_NAME_MAX + 1, "%.*s", (int)(len - end - from), file + from);
        return strncmp(out, "XML", 3) != 0 && phone_name_check(out, NULL) == VOX_OK; /* XMLDefault.cnf.xml */
    }
    return false;
}
