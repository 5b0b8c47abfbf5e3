/* Names by default: subjects, alternative names, key files. */
#ifndef CLUSTER_NAMING_H
#define CLUSTER_NAMING_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "owner.h"

/*
 * naming_subject(o, text, out, err): the name that text is, or the default of the service:
 *
 *   CallManager, TVS, tomcat   CN=<DNS name or name of the node>, O=<cluster>
 *   CallManager-ECDSA          the same with -EC behind the host's name: CN=cm1-EC.example.com
 *   CAPF                       CN=CAPF-<8 random hex digits>, O=<cluster>
 *   ITLRecovery                CN=ITLRECOVERY_<first node, or the cluster>, O=<cluster>
 *
 * Errors: VOX_E_USAGE (text is no name), VOX_E_INPUT (a default over 64 characters). Free with X509_NAME_free().
 */
enum vox_err naming_subject(const struct owner *o, const char *text, X509_NAME **out, struct vox_error *err);

/* naming_alternatives(o, names, san): DNS name and address of the node into names, pointers to them into san,
 * NULL-terminated. None for a service of the cluster. */
void naming_alternatives(const struct owner *o, char names[static 2][300], const char *san[static 3]);

/* naming_key_file(o, out, err): "CallManager-cm1-1f2e3d4c.pem", "CAPF-1f2e3d4c.pem". Free with free(). */
enum vox_err naming_key_file(const struct owner *o, char **out, struct vox_error *err);

/*
 * naming_key_path(s, source, out, outlen): the path of the file that a key source names, below store_key_dir() unless
 * it is absolute. false: it names none (a URI, nothing), or the path is too long. naming_key_is_ours(source): a file of
 * the cluster's own folder, which goes when its certificate goes.
 */
bool naming_key_path(const struct store *s, const char *source, char *out, size_t outlen);
bool naming_key_is_ours(const char *source);

#endif
