/* The verbs of voxtrust and what they share. */
#ifndef VOXTRUST_H
#define VOXTRUST_H

#include <signal.h>
#include <stdbool.h>

#include <jansson.h>

#include <cli/verb.h>
#include <libcert/error.h>
#include <libcert/store.h>

int voxtrust_init(struct cli_common *common, int argc, char **argv);
int voxtrust_node_add(struct cli_common *common, int argc, char **argv);
int voxtrust_node_remove(struct cli_common *common, int argc, char **argv);
int voxtrust_node_list(struct cli_common *common, int argc, char **argv);
int voxtrust_phones_list(struct cli_common *common, int argc, char **argv);
int voxtrust_phones_count(struct cli_common *common, int argc, char **argv);
int voxtrust_phones_import(struct cli_common *common, int argc, char **argv);
int voxtrust_phones_follow(struct cli_common *common, int argc, char **argv);
int voxtrust_phones_learn(struct cli_common *common, int argc, char **argv);
int voxtrust_bundle_export(struct cli_common *common, int argc, char **argv);
int voxtrust_bundle_remove(struct cli_common *common, int argc, char **argv);
int voxtrust_bundle_show(struct cli_common *common, int argc, char **argv);
int voxtrust_bundle_check(struct cli_common *common, int argc, char **argv);
int voxtrust_bundle_import(struct cli_common *common, int argc, char **argv);
int voxtrust_status(struct cli_common *common, int argc, char **argv);
int voxtrust_report(struct cli_common *common, int argc, char **argv);
int voxtrust_log(struct cli_common *common, int argc, char **argv);
int voxtrust_backup(struct cli_common *common, int argc, char **argv);
int voxtrust_restore(struct cli_common *common, int argc, char **argv);
int voxtrust_demo(struct cli_common *common, int argc, char **argv);

enum { SERVICES_MAX = 4 };

/* services_parse(text, out, err): "ccm,tftp,capf,tvs" to a set of enum node_service. Errors: VOX_E_USAGE.
 * services_text(set, out, outlen): back. services_words(set, out): the words alone; returns how many. */
enum vox_err services_parse(const char *text, unsigned *out, struct vox_error *err);
void services_text(unsigned set, char *out, size_t outlen);
size_t services_words(unsigned set, const char *out[static SERVICES_MAX]);

/* node_json(n): {name, dns, ip, services}; what it does not have is null. NULL without memory. node_print(nodes, n): a
 * table. */
json_t *node_json(const struct store_node *n);
void node_print(const struct store_node *nodes, size_t n);

/*
 * Is this usable as a node's name (a label that can stand in a file name and a CN), a DNS name (RFC 1035 2.3.1, 2.3.4),
 * an IPv4 or IPv6 address? Errors: VOX_E_USAGE with the rule. node_check_ip() writes the canonical text to out (46
 * bytes at least).
 */
enum vox_err node_check_name(const char *name, struct vox_error *err);
enum vox_err node_check_dns(const char *name, struct vox_error *err);
enum vox_err node_check_ip(const char *text, char *out, size_t outlen, struct vox_error *err);

/* hold_signals(before): signals that would end the program wait, so that a database in the making is not left behind.
 * release_signals(before): they have their effect now. */
void hold_signals(sigset_t *before);
void release_signals(const sigset_t *before);

#endif
