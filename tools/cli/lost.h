/* Output that did not reach its reader must not look like success. */
#ifndef CLI_LOST_H
#define CLI_LOST_H

/*
 * lost_watch(program): from now on the program ends with EXIT_ENVIRONMENT, whoever calls exit(), when standard output
 * cannot be written, and says so. program: its name, borrowed for ever.
 */
void lost_watch(const char *program);

/* lost_because(fmt): output is incomplete for a reason other than writing (memory): the sentence that is said at the
 * end. The first one counts. Borrowed for ever. */
void lost_because(const char *reason);

/* lost_descriptors(): standard streams that were closed become ones that fail, so that no file takes their number. */
void lost_descriptors(void);

#endif
