// Loads a script in Duktape with a heap of BYTES bytes, counted as they are requested, before malloc() rounds up. Then
// evaluates an expression, as a device's program calls what it has loaded, and prints its value.
//   duktape-heap BYTES SCRIPT EXPRESSION
#include <duktape.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

typedef union {
  size_t size;
  max_align_t alignment;
} header;

static size_t held, limit;

static void *counted_realloc(void *udata, void *block, duk_size_t size) {
  header *old = block == NULL ? NULL : (header *)block - 1;
  size_t before = old == NULL ? 0 : old->size;
  (void)udata;
  if (size == 0) {
    held -= before;
    free(old);
    return NULL;
  }
  if (held - before + size > limit) return NULL; // Duktape then collects its garbage, and tries again
  header *new = realloc(old, sizeof(header) + size);
  if (new == NULL) return NULL;
  new->size = size;
  held += size - before;
  return new + 1;
}

static void *counted_alloc(void *udata, duk_size_t size) { return counted_realloc(udata, NULL, size); }

static void counted_free(void *udata, void *block) { counted_realloc(udata, block, 0); }

static void fatal(void *udata, const char *message) {
  (void)udata;
  fprintf(stderr, "%s\n", message);
  exit(1);
}

static void fail(duk_context *context) {
  fprintf(stderr, "%s\n", duk_safe_to_stacktrace(context, -1));
  exit(1);
}

static char script[1 << 22]; // outside of the heap, as in flash

int main(int argc, char **argv) {
  FILE *file = argc == 4 ? fopen(argv[2], "rb") : NULL;
  if (file == NULL) return fprintf(stderr, "duktape-heap BYTES SCRIPT EXPRESSION\n"), 2;
  size_t length = fread(script, 1, sizeof script, file);
  fclose(file);
  limit = strtoul(argv[1], NULL, 10);
  duk_context *context = duk_create_heap(counted_alloc, counted_realloc, counted_free, NULL, fatal);
  // as a program, and not by eval(): strict code would keep its variables to itself
  if (duk_pcompile_lstring(context, 0, script, length) != 0 || duk_pcall(context, 0) != 0) fail(context);
  duk_pop(context);
  if (duk_peval_string(context, argv[3]) != 0) fail(context);
  printf("%s\n", duk_safe_to_string(context, -1));
  duk_destroy_heap(context);
  return 0;
}
