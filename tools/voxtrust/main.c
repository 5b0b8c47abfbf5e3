#include "voxtrust.h"

static const struct cli_verb verbs[] = {
    {"init", "", "make an empty store for a cluster", voxtrust_init},
    {"node add", "NAME", "add a server: its DNS name, address and services", voxtrust_node_add},
    {"node remove", "NAME", "forget a server", voxtrust_node_remove},
    {"node list", "", "list the servers", voxtrust_node_list},
    {"phones list", "[PREFIX]", "which lists each phone holds", voxtrust_phones_list},
    {"phones count", "", "count phones by the lists that they hold", voxtrust_phones_count},
    {"phones import", "FILE", "learn from an access log or a table what phones hold", voxtrust_phones_import},
    {"phones follow", "LOG...", "go on learning from access logs as they grow", voxtrust_phones_follow},
    {"phones learn", "LIST...", "keep lists of others that phones hold", voxtrust_phones_learn},
    {"bundle export", "FILE", "this cluster for another one: certificates and lists, never keys",
     voxtrust_bundle_export},
    {"bundle show", "FILE", "what a bundle of another cluster holds", voxtrust_bundle_show},
    {"bundle import", "FILE", "trust the certificates of another cluster", voxtrust_bundle_import},
    {"bundle check", "FILE", "would phones take the lists of that cluster; what to do, step by step",
     voxtrust_bundle_check},
    {"bundle remove", "FILE", "trust the certificates of that cluster no longer", voxtrust_bundle_remove},
    {"status", "", "the cluster on one screen, and what needs attention", voxtrust_status},
    {"report", "-o FILE", "the cluster as a page of HTML", voxtrust_report},
    {"log", "", "show the audit log, or check that nobody edited it", voxtrust_log},
    {"backup", "FILE", "copy the store, consistent while it is in use", voxtrust_backup},
    {"restore", "FILE", "put a backup in place of the store", voxtrust_restore},
    {"demo", "[FOLDER]", "the main job from nothing, with virtual phones, on this machine", voxtrust_demo},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxtrust",
    .summary = "The cluster: its store, its nodes, its audit log.",
    .description = "Certificates are made with voxcert, trust lists with voxlist, configurations signed with voxsign.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
