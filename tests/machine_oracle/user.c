/*
 * The third s390x: runs single instructions of the problem state as a Linux program of its own, under
 * qemu-s390x-static. Cases come in on standard input and results go out on standard output, both big-endian
 * and laid out by tests/machine_oracle/user.rs.
 *
 * The arena lies where the cases expect their code and data; all of it that is not a case's own code is zeros,
 * which is no instruction, so that a signal says where the instruction has led. Nothing is mapped behind it.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define CODE 0x10000UL
#define MARGIN 0x1E000UL
#define DATA 0x20000UL
#define DATA_SIZE 0x2000UL

enum { SYS_exit = 1, SYS_read = 3, SYS_write = 4, SYS_mmap = 90, SYS_setitimer = 104, SYS_rt_sigaction = 174,
       SYS_sigaltstack = 186 };
enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11, SIGALRM = 14 };

static long call(long number, long a, long b, long c)
{
    register long r1 __asm__("r1") = number;
    register long r2 __asm__("r2") = a;
    register long r3 __asm__("r3") = b;
    register long r4 __asm__("r4") = c;
    __asm__ volatile("svc 0" : "+r"(r2) : "r"(r1), "r"(r3), "r"(r4) : "memory");
    return r2;
}

static void fail(const char *why)
{
    u64 length = 0;
    while (why[length]) length++;
    call(SYS_write, 2, (long)why, length);
    call(SYS_write, 2, (long)"\n", 1);
    call(SYS_exit, 3, 0, 0);
}

/* What stands in front of every case; then `writes` times an address, a length, and bytes up to a doubleword. */
struct state {
    u64 at;
    u64 mask;
    u64 fpc;
    u64 gr[16];
    u64 fpr[16];
    u32 ar[16];
};
struct head {
    struct state state;
    u64 writes;
};
/* What is said of it; then `changes` times an offset in the data area and the doubleword there. */
struct result {
    u64 signal;
    u64 code;
    u64 fault;
    struct state state;
    u64 changes;
};

/* As the kernel lays them out. */
struct context {
    u64 flags;
    void *link;
    u64 stack[3];
    u64 mask;
    u64 address;
    u64 gr[16];
    u32 ar[16];
    u32 fpc;
    u32 pad;
    u64 fpr[16];
};
struct information {
    int signal, error, code, pad;
    u64 address;
};
struct action {
    void (*handler)(int, struct information *, struct context *);
    u64 flags;
    void *restorer;
    u64 mask;
};

static u8 pristine[DATA_SIZE] __attribute__((aligned(4096)));
static u8 expected[DATA_SIZE] __attribute__((aligned(4096)));
static u8 input[1 << 16], output[1 << 16];
static u64 in_at, in_end, out_at;
static u8 stack[1 << 16] __attribute__((aligned(16)));
static struct result result;
static volatile u64 running, ticks;

/* Loads the registers and goes to the case: the last jump is put together at run time. */
void enter(struct state *state);
void back(void) __attribute__((noreturn));
extern u8 last_jump[];
__asm__(
    ".pushsection .bss\n"
    ".balign 8\n"
    "kept: .skip 80\n"
    ".popsection\n"
    ".text\n"
    ".globl enter, back, last_jump\n"
    "enter: larl %r1,kept\n"
    " stmg %r6,%r15,0(%r1)\n"
    " lfpc 20(%r2)\n"
    " lg %r0,8(%r2)\n"
    " srlg %r0,%r0,16\n"
    " spm %r0\n"
    " lam %a0,%a15,280(%r2)\n"
    " ld %f0,152(%r2)\n ld %f1,160(%r2)\n ld %f2,168(%r2)\n ld %f3,176(%r2)\n"
    " ld %f4,184(%r2)\n ld %f5,192(%r2)\n ld %f6,200(%r2)\n ld %f7,208(%r2)\n"
    " ld %f8,216(%r2)\n ld %f9,224(%r2)\n ld %f10,232(%r2)\n ld %f11,240(%r2)\n"
    " ld %f12,248(%r2)\n ld %f13,256(%r2)\n ld %f14,264(%r2)\n ld %f15,272(%r2)\n"
    " lmg %r0,%r15,24(%r2)\n"
    " jg last_jump\n"
    "back: larl %r1,kept\n"
    " lmg %r6,%r15,0(%r1)\n"
    " br %r14\n");

static void copy(void *to, const void *from, u64 length)
{
    u8 *t = to;
    const u8 *f = from;
    for (; length >= 256; length -= 256, t += 256, f += 256)
        __asm__ volatile("mvc 0(256,%0),0(%1)" ::"a"(t), "a"(f) : "memory");
    while (length--) *t++ = *f++;
}

static void clear(void *at, u64 length)
{
    u8 *t = at;
    for (; length >= 256; length -= 256, t += 256)
        __asm__ volatile("xc 0(256,%0),0(%0)" ::"a"(t) : "memory", "cc");
    while (length--) *t++ = 0;
}

static void take(void *to, u64 length)
{
    u8 *t = to;
    while (length) {
        if (in_at == in_end) {
            long got = call(SYS_read, 0, (long)input, sizeof input);
            if (got <= 0) call(SYS_exit, 0, 0, 0);
            in_at = 0;
            in_end = got;
        }
        u64 some = in_end - in_at < length ? in_end - in_at : length;
        copy(t, input + in_at, some);
        in_at += some;
        t += some;
        length -= some;
    }
}

static void flush(void)
{
    for (u64 at = 0; at < out_at;) {
        long done = call(SYS_write, 1, (long)(output + at), out_at - at);
        if (done <= 0) call(SYS_exit, 3, 0, 0);
        at += done;
    }
    out_at = 0;
}

static void give(const void *from, u64 length)
{
    if (out_at + length > sizeof output) flush();
    copy(output + out_at, from, length);
    out_at += length;
}

static void ended(int signal, struct information *information, struct context *context)
{
    if (signal == SIGALRM) {
        /* Twice in one case: it goes round in a circle. */
        if (!running || ++ticks < 2) return;
    } else if (!running) {
        fail("a signal outside the cases");
    }
    running = 0;
    /* What was interrupted in between may not have gone on as it was: EXECUTE is done in two steps. */
    result.signal = ticks ? SIGALRM : signal;
    result.code = information->code;
    result.fault = information->address;
    result.state.at = context->address;
    result.state.mask = context->mask;
    result.state.fpc = context->fpc;
    copy(result.state.gr, context->gr, sizeof context->gr);
    copy(result.state.ar, context->ar, sizeof context->ar);
    copy(result.state.fpr, context->fpr, sizeof context->fpr);
    back();
}

static void jump_to(u64 at)
{
    static u64 now;
    if (at == now) return;
    now = at;
    int halfwords = (int)((long)(at - (u64)last_jump) / 2);
    last_jump[0] = 0xC0;
    last_jump[1] = 0xF4;
    copy(last_jump + 2, &halfwords, 4);
}

static void run(void)
{
    static struct head head;
    static u8 written[256];
    take(&head, sizeof head);
    copy((void *)DATA, pristine, DATA_SIZE);
    copy(expected, pristine, DATA_SIZE);
    clear((void *)MARGIN, DATA - MARGIN);
    for (u64 n = 0; n < head.writes; n++) {
        u64 where[2];
        take(where, sizeof where);
        u64 at = where[0], length = where[1];
        if (length > sizeof written) fail("a write is too long");
        take(written, (length + 7) & ~7UL);
        copy((void *)at, written, length);
        if (at >= DATA) copy(expected + (at - DATA), written, length);
    }
    jump_to(head.state.at);
    ticks = 0;
    running = 1;
    enter(&head.state);
    u64 *now = (u64 *)DATA, *then = (u64 *)expected;
    result.changes = 0;
    for (u64 i = 0; i < DATA_SIZE / 8; i++) result.changes += now[i] != then[i];
    give(&result, sizeof result);
    for (u64 i = 0; result.changes && i < DATA_SIZE / 8; i++)
        if (now[i] != then[i]) {
            u64 change[2] = {8 * i, now[i]};
            give(change, sizeof change);
        }
}

static void prepare(void)
{
    /* MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, all that can be allowed. */
    u64 arena[6] = {CODE, DATA + DATA_SIZE - CODE, 7, 0x32, -1UL, 0};
    if (call(SYS_mmap, (long)arena, 0, 0) != (long)CODE) fail("the arena cannot be mapped");
    u64 tail = (u64)last_jump;
    u64 page[6] = {tail, 4096, 7, 0x32, -1UL, 0};
    if (call(SYS_mmap, (long)page, 0, 0) != (long)tail) fail("the last jump cannot be mapped");
    u64 other[3] = {(u64)stack, 0, sizeof stack};
    if (call(SYS_sigaltstack, (long)other, 0, 0)) fail("there is no stack for signals");
    /* SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER */
    struct action action = {ended, 4 | 0x08000000 | 0x10000000 | 0x40000000, 0, 0};
    static const int all[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGALRM};
    for (u64 i = 0; i < sizeof all / sizeof *all; i++) {
        register long r1 __asm__("r1") = SYS_rt_sigaction;
        register long r2 __asm__("r2") = all[i];
        register long r3 __asm__("r3") = (long)&action;
        register long r4 __asm__("r4") = 0;
        register long r5 __asm__("r5") = 8;
        __asm__ volatile("svc 0" : "+r"(r2) : "r"(r1), "r"(r3), "r"(r4), "r"(r5) : "memory");
        if (r2) fail("a signal cannot be handled");
    }
    u64 interval[4] = {0, 10000, 0, 10000};
    call(SYS_setitimer, 0, (long)interval, 0);
}

/* A page of its own, for each change of it costs the translations of its page. */
__asm__(".section .jump,\"aw\",@nobits\n .balign 4096\nlast_jump: .skip 4096\n .text\n"
        ".globl _start\n_start: lay %r15,-160(%r15)\n brasl %r14,serve\n");

void serve(void)
{
    prepare();
    take(pristine, DATA_SIZE);
    for (;;) {
        u64 count;
        take(&count, sizeof count);
        while (count--) run();
        flush();
    }
}
