/*
 * Who signs, how and when: the options that sign and encrypt share.
 */
#ifndef VOXSIGN_SIGNER_H
#define VOXSIGN_SIGNER_H

#include "voxsign.h"

enum {
    OPTION_KEY = 'k',
    OPTION_CERT = 'c',
    OPTION_DIGEST = 'd',
    OPTION_NAME = 'n',
    OPTION_OUTPUT = 'o',
    OPTION_TIMESTAMP = 0x100,
    OPTION_PASSWORD_FILE,
    OPTION_ROOT,
    OPTION_OUTPUT_DIR,
    OPTION_FOR,
    OPTION_REMOVE_PLAIN,
};

/* Rows for an argp_option table. */
#define SIGNER_OPTIONS                                                                                                  \
    {"key", OPTION_KEY, "KEYSOURCE", 0, "the signer's private key: a file (default: the file of --cert)", 0},           \
        {"cert", OPTION_CERT, "CERT", 0, "the signer's certificate: a TFTP or CCM+TFTP record of the phones' list", 0}, \
        {"digest", OPTION_DIGEST, "DIGEST", 0, "sha512 (default), sha1 for older phones, or sha256", 0},                \
        {"timestamp",                                                                                                   \
         OPTION_TIMESTAMP,                                                                                              \
         "TIME",                                                                                                        \
         0,                                                                                                             \
         "RFC 3339, YYYY-MM-DD or @SECONDS (default: now, or $SOURCE_DATE_EPOCH)",                                      \
         0},                                                                                                            \
    {                                                                                                                   \
        "password-file", OPTION_PASSWORD_FILE, "FILE", 0, "first line: the password of the key ('-': standard input)",  \
            0                                                                                                           \
    }

struct signer {
    /* options */
    const char *key_source;
    const char *cert_path;
    const char *password_file;
    enum digest digest;
    bool digest_given;
    bool timed; /* a time was asked for */
    uint32_t timestamp;
    struct cert *instead; /* whose signatures are replaced; NULL: plain files are signed. The caller's */
    /* opened */
    struct cert *cert;
    EVP_PKEY *key;
};

/* signer_init(s): the defaults. */
void signer_init(struct signer *s);

/* signer_option(key, arg, state, s): an argp parser for SIGNER_OPTIONS; ARGP_ERR_UNKNOWN for others. At ARGP_KEY_END it
 * demands --cert. */
error_t signer_option(int key, char *arg, struct argp_state *state, struct signer *s);

/*
 * signer_open(common, s): read certificate and key, and sign nothing with them once: what is wrong with them is said
 * before anything else is done. EXIT_DONE, or the status after reporting. Free with signer_close(), always.
 */
int signer_open(struct cli_common *common, struct signer *s);
void signer_close(struct signer *s);

/* signer_params(s, filename): what the library signs by. */
struct sgn_params signer_params(const struct signer *s, const char *filename);

#endif
