#include "voxcert.h"

static const struct cli_verb verbs[] = {
    {"new", "SERVICE", "make a key and a self-signed certificate", voxcert_new},
    {"csr", "SERVICE", "make a key and a request for a CA", voxcert_csr},
    {"install", "SERVICE FILE", "install the CA's answer, its issuers beside it", voxcert_install},
    {"adopt", "SERVICE FILE", "take over a certificate that is in use, with its key", voxcert_adopt},
    {"upload", "STORE FILE...", "put certificates of others into a trust store", voxcert_upload},
    {"fetch", "STORE HOST:PORT", "take the certificate that a live server shows", voxcert_fetch},
    {"list", "[STORE|SERVICE]", "what there is, and how long it is valid", voxcert_list},
    {"show", "ID|FILE", "all about one certificate", voxcert_show},
    {"export", "ID|STORE|SERVICE", "write certificates for other programs", voxcert_export},
    {"delete", "ID", "delete a certificate, of our own with its key", voxcert_delete},
    {"check", "", "what is wrong with the certificates in use", voxcert_check},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxcert",
    .summary = "Certificates: the cluster's own, and those of others that it trusts.",
    .description = "Services: CallManager, CallManager-ECDSA, CAPF, TVS, ITLRecovery, tomcat.\n"
                   "Trust stores: CallManager-trust, CAPF-trust, TVS-trust, tomcat-trust, Phone-SAST-trust, "
                   "Phone-VPN-trust.\n"
                   "ID: the beginning of a SHA-256 fingerprint (4 digits or more), or a service.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
