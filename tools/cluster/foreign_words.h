/* The words of a bundle that its reader and its writer share. Source: docs/formats/bundle.md 2. */
#ifndef CLUSTER_FOREIGN_WORDS_H
#define CLUSTER_FOREIGN_WORDS_H

#define FOREIGN_MAGIC "voxtrust_bundle"

enum { FOREIGN_VERSION = 1, FOREIGN_SERVICES = 4 };

/* What a node runs: the word, and its bit of enum node_service. */
struct foreign_service {
    const char *word;
    unsigned bit;
};
extern const struct foreign_service foreign_services[FOREIGN_SERVICES];

#endif
