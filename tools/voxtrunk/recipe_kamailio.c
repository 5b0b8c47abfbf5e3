#include <stdio.h>

#include "recipe.h"

enum { TLS_1_0 = 0x0301, TLS_1_1 = 0x0302 };

/* "+" is that one and newer ones, 1.3 included. */
static const char *method(int min_version)
{
    switch (min_version) {
    case TLS_1_0:
        return "TLSv1+";
    case TLS_1_1:
        return "TLSv1.1+";
    default:
        return "TLSv1.2+";
    }
}

/* Who is called must show a certificate as much as who calls. */
static void write_domain(const struct recipe_params *p, const char *domain, FILE *out)
{
    fprintf(out, "[%s:default]\nmethod = %s\n", domain, method(p->policy.min_version));
    fprintf(out, "verify_certificate = yes\nrequire_certificate = yes\nverify_depth = %d\n", LIMIT_CHAIN_DEPTH);
    fprintf(out, "private_key = %s/%s.key\ncertificate = %s/%s.pem\n", p->dir, p->trunk->name, p->dir, p->trunk->name);
    fprintf(out, "ca_list = %s/" RECIPE_BUNDLE "\n\n", p->dir);
}

static enum vox_err write_tls(const struct recipe_params *p, struct recipe_file *f, struct vox_error *err)
{
    size_t len;
    FILE *out = recipe_begin(f, "tls.cfg", &len, err);

    if (out == NULL)
        return VOX_E_MEMORY;
    fprintf(out,
            "# The call managers of the cluster, and nobody else. Made by voxtrunk. The certificate is the one that\n"
            "# the call managers have in CallManager-trust.\n\n");
    write_domain(p, "server", out);
    write_domain(p, "client", out);
    return recipe_end(out, err);
}

static enum vox_err write_modules(const struct recipe_params *p, struct recipe_file *f, struct vox_error *err)
{
    char name[RECIPE_FILE_NAME_MAX];
    size_t len;
    FILE *out;

    (void)snprintf(name, sizeof name, "%s.cfg", p->trunk->name);
    if ((out = recipe_begin(f, name, &len, err)) == NULL)
        return VOX_E_MEMORY;
    fprintf(out, "# A trunk to the call managers of the cluster. Made by voxtrunk.\n");
    fprintf(out, "enable_tls=yes\n");
    fprintf(out, "listen=tls:0.0.0.0:%u\n", p->trunk->destinations[0].port);
    fprintf(out, "loadmodule \"tls.so\"\nmodparam(\"tls\", \"config\", \"%s/tls.cfg\")\n", p->dir);
    fprintf(out, "loadmodule \"dispatcher.so\"\nmodparam(\"dispatcher\", \"list_file\", \"%s/dispatcher.list\")\n",
            p->dir);
    return recipe_end(out, err);
}

static enum vox_err write_dispatcher(const struct recipe_params *p, struct recipe_file *f, struct vox_error *err)
{
    char authority[RECIPE_AUTHORITY_MAX];
    size_t len;
    FILE *out = recipe_begin(f, "dispatcher.list", &len, err);

    if (out == NULL)
        return VOX_E_MEMORY;
    fprintf(out, "# The call managers of the cluster, as set 1. Made by voxtrunk.\n");
    for (size_t i = 0; i < p->nnodes; i++) {
        recipe_authority(p->nodes[i].host, p->profile->port, authority);
        fprintf(out, "1 sip:%s;transport=tls\n", authority);
    }
    return recipe_end(out, err);
}

static enum vox_err write_all(const struct recipe_params *p, struct recipe_file *files, size_t *n,
                              struct vox_error *err)
{
    enum vox_err code;

    *n = 3;
    if ((code = write_tls(p, &files[0], err)) != VOX_OK || (code = write_modules(p, &files[1], err)) != VOX_OK)
        return code;
    return write_dispatcher(p, &files[2], err);
}

const struct recipe recipe_kamailio = {
    .word = "kamailio",
    .default_dir = "/etc/kamailio/tls",
    .next = "include_file the .cfg in kamailio.cfg after tm.so and sl.so; ds_select_dst(1, ...) picks a call manager",
    .write = write_all,
};
