#include <stdio.h>

#include "recipe.h"

enum { TLS_1_3 = 0x0304 };

static void write_transport(const struct recipe_params *p, FILE *out)
{
    const char *name = p->trunk->name;

    fprintf(out, "[%s-tls]\n", name);
    fprintf(out, "type=transport\nprotocol=tls\nbind=0.0.0.0:%u\n", p->trunk->destinations[0].port);
    fprintf(out, "; its own certificate, the one that the call managers have in CallManager-trust, and its key\n");
    fprintf(out, "cert_file=%s/%s.pem\npriv_key_file=%s/%s.key\n", p->dir, name, p->dir, name);
    fprintf(out, "; whoever shows a certificate that leads there is let in: the call managers\n");
    fprintf(out, "ca_list_file=%s/" RECIPE_BUNDLE "\n", p->dir);
    fprintf(out, "verify_server=yes\nverify_client=yes\nrequire_client_cert=yes\n");
    fprintf(out, "method=%s\n\n", p->policy.min_version >= TLS_1_3 ? "tlsv1_3" : "tlsv1_2");
}

static void write_endpoint(const struct recipe_params *p, FILE *out)
{
    const char *name = p->trunk->name;
    char authority[RECIPE_AUTHORITY_MAX];

    fprintf(out, "[%s]\ntype=endpoint\ntransport=%s-tls\ncontext=from-%s\n", name, name, name);
    fprintf(out, "disallow=all\nallow=ulaw,alaw\naors=%s\nmedia_encryption=sdes\n\n", name);
    fprintf(out, "[%s]\ntype=aor\nqualify_frequency=60\n", name);
    for (size_t i = 0; i < p->nnodes; i++) {
        recipe_authority(p->nodes[i].host, p->profile->port, authority);
        fprintf(out, "contact=sip:%s\\;transport=tls\n", authority); /* ';' begins a comment otherwise */
    }
    fprintf(out, "\n[%s]\ntype=identify\nendpoint=%s\n", name, name);
    for (size_t i = 0; i < p->nnodes; i++)
        fprintf(out, "match=%s\n", p->nodes[i].address);
}

static enum vox_err write_all(const struct recipe_params *p, struct recipe_file *files, size_t *n,
                              struct vox_error *err)
{
    char name[RECIPE_FILE_NAME_MAX];
    size_t len;
    FILE *out;

    (void)snprintf(name, sizeof name, "pjsip-%s.conf", p->trunk->name);
    if ((out = recipe_begin(&files[0], name, &len, err)) == NULL)
        return VOX_E_MEMORY;
    *n = 1;
    fprintf(out, "; A trunk to the call managers of the cluster, for chan_pjsip. Made by voxtrunk.\n\n");
    write_transport(p, out);
    write_endpoint(p, out);
    return recipe_end(out, err);
}

const struct recipe recipe_asterisk = {
    .word = "asterisk",
    .default_dir = "/etc/asterisk/keys",
    .next = "#include the file in pjsip.conf; the context that it names belongs into extensions.conf",
    .write = write_all,
};
