#ifndef ZTC_FUZZER_H
#define ZTC_FUZZER_H

#include <stddef.h>
#include <stdint.h>

/// One run over one input; 0 keeps the input for the corpus.
typedef int (*ztc_fuzz_target)(const uint8_t *data, size_t size);

/// Runs libFuzzer with the arguments of the command line, and returns its exit code.
int ztc_fuzz(int argc, char **argv, ztc_fuzz_target target);

#endif
