/* The process that has the CA's key: ISSUE and nothing else. A service of libcert/serve.h. */
#ifndef CAPF_DAEMON_SIGN_H
#define CAPF_DAEMON_SIGN_H

#include <libcert/serve.h>

/* What it is started with; filled by main() before serve_run(). */
struct sign_options {
    const char *store_url; /* for settings (profile, caps) and the certificate of service CAPF; opened before rights are
                              given up, then closed */
    const char *issuer_path; /* certificate file; NULL: the store's CAPF certificate */
    const char *issuer_key;  /* key source; NULL: in the certificate's file, or the store's */
    const char *journal_dir; /* folder of the journal, 0700; NULL: "capf" beside the store's database */
    size_t count_refused, count_issued, count_failed; /* indexes of the daemon's counters */
};

/* sign_service(o): the row of the table of services; o is its argument by way of sign_init(). */
void sign_init(const struct sign_options *o);
extern const struct serve_service sign_service;

/*
 * OpenSSL has been seen to corrupt its heap, and to hand out certificates without a signature, when an allocation of
 * its own fails. sign_first(): the first call of main(): from then on the library allocates through functions of ours.
 * sign_needs_memory(): from then on this process ends with status SIGN_NO_MEMORY when the library would get no memory;
 * the journal and the store make that harmless. The signer calls it itself.
 */
enum { SIGN_NO_MEMORY = 71 };
void sign_first(void);
void sign_needs_memory(void);

#endif
