#include <stdio.h>
#include <string.h>

#include "recipe.h"

enum { TLS_1_3 = 0x0304 };

static void param(FILE *out, int indent, const char *name, const char *value)
{
    fprintf(out, "%*s<param name=\"%s\" value=\"%s\"/>\n", indent, "", name, value);
}

static void write_gateways(const struct recipe_params *p, FILE *out)
{
    char authority[RECIPE_AUTHORITY_MAX];

    fprintf(out, "    <gateways>\n");
    for (size_t i = 0; i < p->nnodes; i++) {
        recipe_authority(p->nodes[i].host, p->profile->port, authority);
        fprintf(out, "      <gateway name=\"%s-%zu\">\n", p->trunk->name, i + 1);
        fprintf(out, "        <param name=\"proxy\" value=\"%s;transport=tls\"/>\n", authority);
        param(out, 8, "register", "false");
        param(out, 8, "register-transport", "tls");
        param(out, 8, "contact-params", "transport=tls");
        fprintf(out, "      </gateway>\n");
    }
    fprintf(out, "    </gateways>\n");
}

static void write_settings(const struct recipe_params *p, FILE *out)
{
    fprintf(out, "    <settings>\n");
    param(out, 6, "dialplan", "XML");
    param(out, 6, "context", "public");
    param(out, 6, "sip-ip", "$${local_ip_v4}");
    param(out, 6, "rtp-ip", "$${local_ip_v4}");
    param(out, 6, "tls", "true");
    param(out, 6, "tls-only", "true");
    param(out, 6, "tls-bind-params", "transport=tls");
    fprintf(out, "      <param name=\"tls-sip-port\" value=\"%u\"/>\n", p->trunk->destinations[0].port);
    param(out, 6, "tls-cert-dir", p->dir);
    param(out, 6, "tls-version", "tlsv1.2");
    param(out, 6, "tls-verify-policy", "all|subjects_all");
    param(out, 6, "tls-verify-date", "true");
    fprintf(out, "      <param name=\"tls-verify-depth\" value=\"%d\"/>\n", LIMIT_CHAIN_DEPTH);
    fprintf(out, "      <param name=\"tls-verify-in-subjects\" value=\"");
    for (size_t i = 0; i < p->nnames; i++)
        fprintf(out, "%s%s", i > 0 ? "|" : "", p->names[i]);
    fprintf(out, "\"/>\n    </settings>\n");
}

static enum vox_err write_all(const struct recipe_params *p, struct recipe_file *files, size_t *n,
                              struct vox_error *err)
{
    char name[RECIPE_FILE_NAME_MAX];
    size_t len;
    FILE *out;

    if (p->policy.min_version >= TLS_1_3)
        return vox_fail(err, VOX_E_INPUT,
                        "this recipe for FreeSWITCH knows TLS 1.2 at most, and 1.3 is the minimum here "
                        "(voxtls show)");
    (void)snprintf(name, sizeof name, "%s.xml", p->trunk->name);
    if ((out = recipe_begin(&files[0], name, &len, err)) == NULL)
        return VOX_E_MEMORY;
    *n = 1;
    /* No name in the comment: '-' may stand in it twice, which ends one. */
    fprintf(
        out,
        "<!-- A trunk to the call managers of the cluster. Made by voxtrunk. In tls-cert-dir: agent.pem, its own\n"
        "     certificate, the one that the call managers have in CallManager-trust, and its key; cafile.pem. -->\n");
    fprintf(out, "<include>\n  <profile name=\"%s\">\n", p->trunk->name);
    write_gateways(p, out);
    write_settings(p, out);
    fprintf(out, "  </profile>\n</include>\n");
    return recipe_end(out, err);
}

const struct recipe recipe_freeswitch = {
    .word = "freeswitch",
    .default_dir = "/etc/freeswitch/tls",
    .next = "put the .xml into sip_profiles/, and " RECIPE_BUNDLE " as cafile.pem beside agent.pem into tls-cert-dir",
    .write = write_all,
};
