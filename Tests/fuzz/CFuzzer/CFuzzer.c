#include "CFuzzer.h"

// libFuzzer's own entry for programs that have a main of theirs; it is declared in no header of the system.
int LLVMFuzzerRunDriver(int *argc, char ***argv, ztc_fuzz_target target);

int ztc_fuzz(int argc, char **argv, ztc_fuzz_target target) { return LLVMFuzzerRunDriver(&argc, &argv, target); }
