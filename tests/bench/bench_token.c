/*
 * Figures for scripts/bench: RSA-2048 signatures of a key on a token, one after the other, in rounds of half a second
 * that take turns: (1) C_SignInit and C_Sign called on the module itself, in this process, which is the bound; (2) the
 * project's path to a token: key_sign() through the agent's process, each signature verified; (3) certificates for
 * phones, issued with that key: drafted, linted, signed, parsed and verified; (4) all of that but the signature. Prints
 * one line "bound path issued drafted", each the median of the rounds, a second. Usage: bench_token MODULE TOKEN
 * PIN-FILE
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>

#include <capf/issuer.h>
#include <libcert/certbuild.h>
#include <libcert/clock.h>
#include <libcert/name.h>
#include <libcert/token.h>

enum { ROUNDS = 9 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum vox_err code, const struct vox_error *err)
{
    if (code == VOX_OK)
        return;
    fprintf(stderr, "bench_token: %s\n", err->text);
    exit(4);
}

/* --- the module itself --- */

static CK_FUNCTION_LIST *f;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key_handle;

static void did(CK_RV rv, const char *what)
{
    if (rv == CKR_OK)
        return;
    fprintf(stderr, "bench_token: %s: 0x%lX\n", what, rv);
    exit(4);
}

static void open_module(const char *path, const char *label, char *pin)
{
    void *library = dlopen(path, RTLD_NOW);
    CK_C_GetFunctionList get = NULL;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE private = {CKA_CLASS, &class, sizeof class};
    CK_SLOT_ID ids[16];
    CK_ULONG n = 16, found;

    if (library == NULL || (*(void **)&get = dlsym(library, "C_GetFunctionList")) == NULL) {
        fprintf(stderr, "bench_token: %s\n", dlerror());
        exit(4);
    }
    did(get(&f), "C_GetFunctionList");
    did(f->C_Initialize(NULL), "C_Initialize");
    did(f->C_GetSlotList(CK_TRUE, ids, &n), "C_GetSlotList");
    for (CK_ULONG i = 0; i < n; i++) {
        CK_TOKEN_INFO info;

        did(f->C_GetTokenInfo(ids[i], &info), "C_GetTokenInfo");
        if (strncmp((const char *)info.label, label, strlen(label)) == 0)
            did(f->C_OpenSession(ids[i], CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession");
    }
    did(f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)), "C_Login");
    did(f->C_FindObjectsInit(session, &private, 1), "C_FindObjectsInit");
    did(f->C_FindObjects(session, &key_handle, 1, &found), "C_FindObjects");
    did(f->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    did(found == 1 ? CKR_OK : CKR_KEY_HANDLE_INVALID, "the key");
}

static void sign_direct(void)
{
    /* DigestInfo of SHA-256: what CKM_RSA_PKCS is given */
    static CK_BYTE digest_info[51] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};
    CK_BYTE out[512];
    CK_ULONG len = sizeof out;

    digest_info[50]++;
    did(f->C_SignInit(session, &m, key_handle), "C_SignInit");
    did(f->C_Sign(session, digest_info, sizeof digest_info, out, &len), "C_Sign");
}

/* --- ours --- */

static EVP_PKEY *key;
static struct capf_issuer issuer;
static struct capf_request request;

static void sign_path(void)
{
    static uint8_t text[700]; /* about what is signed of a certificate */
    const struct bytes_view part = {text, sizeof text};
    struct bytes signature;
    struct vox_error err;

    text[0]++;
    must(key_sign(key, DIGEST_SHA256, &part, 1, &signature, &err), &err);
    bytes_free(&signature);
}

static void issue(void)
{
    uint8_t serial[CAPF_SERIAL_LEN];
    struct vox_error err;
    struct cert *c;

    if (RAND_bytes(serial, sizeof serial) <= 0)
        exit(4);
    must(capf_issue(&issuer, &request, serial, clock_now(), &c, &err), &err);
    cert_free(&c);
}

static void draft(void)
{
    const uint8_t serial[CAPF_SERIAL_LEN] = {1};
    struct capf_draft *d;
    struct vox_error err;

    must(capf_draft_make(&issuer, &request, serial, clock_now(), &d, &err), &err);
    capf_draft_free(&d);
}

static void make_issuer(void)
{
    struct certbuild_params p = {.service = SERVICE_CAPF, .key = key, .not_before = clock_now() - 86400, .days = 3650};
    struct key_spec spec = {.type = KEY_RSA, .rsa_bits = 2048};
    static struct cert *ca;
    struct vox_error err;
    X509_NAME *subject;
    EVP_PKEY *phone;
    unsigned char *der = NULL;
    int len;

    must(name_parse("CN=bench", &subject, &err), &err);
    p.subject = subject;
    must(certbuild_self_signed(&p, &ca, &err), &err);
    X509_NAME_free(subject);
    issuer = (struct capf_issuer){.cert = ca, .key = key, .profile = capf_profile_default()};
    must(key_generate(&spec, &phone, &err), &err);
    if ((len = i2d_PUBKEY(phone, &der)) <= 0)
        exit(4);
    request = (struct capf_request){
        .device = "SEP000000000001", .ordered = spec, .public_key = {der, (size_t)len}}; /* kept to the end */
    EVP_PKEY_free(phone);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    void (*const ways[])(void) = {sign_direct, sign_path, issue, draft};
    double rate[4][ROUNDS];
    struct vox_error err;
    struct bytes pin;
    char uri[TOKEN_URI_MAX], text[64];

    if (argc != 4) {
        fprintf(stderr, "usage: bench_token MODULE TOKEN PIN-FILE\n");
        return 2;
    }
    (void)snprintf(uri, sizeof uri, "pkcs11:token=%s?module-path=%s&pin-source=%s", argv[2], argv[1], argv[3]);
    must(token_open(uri, NULL, &key, &err), &err);
    make_issuer();
    must(password_from_file(argv[3], &pin, &err), &err);
    (void)snprintf(text, sizeof text, "%.*s", (int)pin.len, (const char *)pin.data);
    bytes_wipe(&pin);
    open_module(argv[1], argv[2], text);
    for (int round = 0; round < ROUNDS; round++) {
        for (int way = 0; way < 4; way++) {
            const double begun = now();
            double spent;
            long n = 0;

            do {
                ways[way]();
                n++;
            } while ((spent = now() - begun) < 0.5);
            rate[way][round] = (double)n / spent;
        }
    }
    for (int way = 0; way < 4; way++) {
        qsort(rate[way], ROUNDS, sizeof rate[way][0], by_size);
        printf("%s%.0f", way > 0 ? " " : "", rate[way][ROUNDS / 2]);
    }
    printf("\n");
    EVP_PKEY_free(key);
    return 0;
}
