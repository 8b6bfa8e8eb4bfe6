/*
 * Faults built into a program on purpose, so that a checker can be seen catching them.
 *
 * The functions behind it take the place of the store's by the linker's --wrap (QUINTET_FAULTS_WRAP
 * in tests/crash.cmake lists them): nothing of this is in an object of the product. The environment
 * says which fault a process has, and over how many batches it stretches:
 *
 *   QUINTET_TEST_FAULT=answer-before-commit:N   every N-th batch is committed, after its answers
 *   QUINTET_TEST_FAULT=synchronous-normal       the log is not synced with a commit
 *   QUINTET_TEST_FAULT=sqn-after-answer:N       a batch is committed without its SQNs, which are
 *                                               stored after the answers of every N-th
 *
 * Unset, or anything else: no fault. The fault is that of the first handle opened for writing while
 * none is open; any other handle works as it should.
 */
#ifndef QUINTET_TESTS_FAULTS_H
#define QUINTET_TESTS_FAULTS_H

#define FAULTS_VARIABLE "QUINTET_TEST_FAULT"

#endif
