/*
 * Figures for scripts/bench: a list of N distinct EC records (1,000 RSA-2048 records would not fit into a list's 1 MiB)
 * built, signed with RSA 2048 and verified; then parsed and verified. Prints one line "records build_ms read_verify_ms
 * bytes" with the best of several runs. Usage: bench_list RECORDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ctl/list.h>
#include <ctl/verify.h>
#include <libcert/certbuild.h>
#include <libcert/limits.h>
#include <libcert/name.h>

enum { RUNS = 7 };

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(enum vox_err code, const struct vox_error *err)
{
    if (code == VOX_OK)
        return;
    fprintf(stderr, "bench_list: %s\n", err->text);
    exit(4);
}

/* A self-signed certificate; its key in *key when asked for. */
static struct cert *make_cert(const char *cn, const char *spec_text, EVP_PKEY **key)
{
    struct vox_error err;
    struct key_spec spec;
    EVP_PKEY *fresh;
    X509_NAME *subject;
    struct cert *cert;

    must(key_spec_parse(spec_text, &spec, &err), &err);
    must(key_generate(&spec, &fresh, &err), &err);
    must(name_parse(cn, &subject, &err), &err);
    const struct certbuild_params p = {
        .service = SERVICE_TVS, .subject = subject, .key = fresh, .not_before = (int64_t)time(NULL) - 60, .days = 30};
    must(certbuild_self_signed(&p, &cert, &err), &err);
    X509_NAME_free(subject);
    if (key != NULL)
        *key = fresh;
    else
        EVP_PKEY_free(fresh);
    return cert;
}

int main(int argc, char **argv)
{
    size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    double best_build = 1e9, best_read = 1e9;
    struct vox_error err;
    struct bytes file;
    EVP_PKEY *key;

    if (n < 1 || n > LIMIT_LIST_RECORDS) {
        fprintf(stderr, "usage: bench_list RECORDS (1 to %d)\n", LIMIT_LIST_RECORDS);
        return 2;
    }
    struct ctl_member *members = calloc(n, sizeof *members);
    if (members == NULL)
        return 4;
    members[0] =
        (struct ctl_member){.cert = make_cert("CN=signer", "rsa:2048", &key), .role = ROLE_SAST, .dns_name = "s"};
    for (size_t i = 1; i < n; i++) {
        char cn[32];

        (void)snprintf(cn, sizeof cn, "CN=node%zu", i);
        members[i] = (struct ctl_member){
            .cert = make_cert(cn, "ec:P-256", NULL), .role = ROLE_TVS, .dns_name = "n", .has_ip = true};
    }
    const struct ctl_build_params p = {.filename = "ITLFile.tlv",
                                       .timestamp = 1795474566,
                                       .signer_version = SIGNER_VERSION_1_1,
                                       .digest = DIGEST_SHA512,
                                       .signer = members[0].cert,
                                       .members = members,
                                       .nmembers = n};
    for (int run = 0; run < RUNS; run++) {
        struct ctl_list *list;
        double start = now_ms();

        must(ctl_build(&p, key, &file, &err), &err); /* verifies what it made */
        double built = now_ms();
        must(ctl_list_read(file.data, file.len, &list, &err), &err);
        must(ctl_verify(list, &err), &err);
        double read = now_ms();

        if (built - start < best_build)
            best_build = built - start;
        if (read - built < best_read)
            best_read = read - built;
        if (run == RUNS - 1)
            printf("%zu %.3f %.3f %zu\n", n, best_build, best_read, file.len);
        ctl_list_free(&list);
        bytes_free(&file);
    }
    for (size_t i = 0; i < n; i++) {
        struct cert *c = (struct cert *)(uintptr_t)members[i].cert; /* ours: made above */
        cert_free(&c);
    }
    EVP_PKEY_free(key);
    free(members);
    return 0;
}
