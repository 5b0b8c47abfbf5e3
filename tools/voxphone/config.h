/* What a phone reads of its configuration. Source: docs/formats/signed-files.md 3, voxphone(1). */
#ifndef VOXPHONE_CONFIG_H
#define VOXPHONE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include <libcert/bytes.h>

enum { CONFIG_TEXT_MAX = 256 };

/* Texts are "" and numbers 0 when the configuration does not say. */
struct phone_config {
    bool there;                 /* there is a configuration at all */
    bool full;                  /* fullConfig is not false */
    bool encrypted;             /* encrConfig is true: this is the stub */
    char cert_hash[33];         /* MD5 of the certificate that the full one is encrypted to, lower-case hex */
    char ccm[CONFIG_TEXT_MAX];  /* the first call manager */
    unsigned ccm_port;          /* securedSipPort */
    char capf[CONFIG_TEXT_MAX]; /* the first CAPF server */
    unsigned capf_port;         /* phonePort */
    unsigned capf_mode;         /* capfAuthMode: 0 none, 1 string, 2 null string, 3 LSC first, 4 MIC first */
    unsigned security;          /* deviceSecurityMode: 1 non-secure, 2 authenticated, 3 encrypted */
};

/* config_read(data, len, out, err): Errors: VOX_E_INPUT (not well-formed, a DTD, nested too deeply, another root than
 * <device>), VOX_E_MEMORY. */
enum vox_err config_read(const uint8_t *data, size_t len, struct phone_config *out, struct vox_error *err);

/* config_target(host, port, fallback, out, outlen): "HOST:PORT", IPv6 in brackets; fallback when port is 0. */
void config_target(const char *host, unsigned port, unsigned fallback, char *out, size_t outlen);

#endif
