/*
 * Allocates per-CPU memory, or workqueues, until the kernel refuses, and prints the allocator's chunks: see README.md.
 * Where the allocator's variables lie is told by module parameters; struct ck and struct md have the members of struct pcpu_chunk
 * and struct pcpu_block_md up to what is printed (5.10, 6.1 and 6.12, without PERCPU_STATS). Do not load it where anything matters.
 */
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/sched/signal.h>
static unsigned long a_lists, a_nrslots, a_first, a_reserved, a_empty, a_pop, a_base;
module_param(a_lists, ulong, 0); module_param(a_nrslots, ulong, 0); module_param(a_first, ulong, 0); module_param(a_reserved, ulong, 0);
module_param(a_empty, ulong, 0); module_param(a_pop, ulong, 0); module_param(a_base, ulong, 0);
struct md { int scan_hint, scan_hint_start, contig_hint, contig_hint_start, left_free, right_free, first_free, nr_bits; };
struct ck {
	struct list_head list; int free_bytes; struct md chunk_md;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6,5,0)
	unsigned long *bound_map; void *base_addr ____cacheline_aligned_in_smp; unsigned long *alloc_map; struct md *md_blocks;
#else
	void *base_addr; unsigned long *alloc_map; unsigned long *bound_map; struct md *md_blocks;
#endif
	void *data; bool immutable;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5,14,0)
	bool isolated;
#endif
	int start_offset, end_offset;
	void *obj; int nr_pages, nr_populated, nr_empty_pop_pages; unsigned long populated[];
};
static void one(int slot, int pos, struct ck *c)
{
	char buf[300]; int n = 0, w, words = DIV_ROUND_UP(c->nr_pages, BITS_PER_LONG);
	bool iso = false;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5,14,0)
	iso = c->isolated;
#endif
	for (w = 0; w < words && n < 270; w++) n += snprintf(buf + n, sizeof(buf) - n, BITS_PER_LONG == 64 ? "%016lx" : "%08lx", c->populated[w]);
	pr_info("ppchunk {\"slot\":%d,\"pos\":%d,\"base_addr\":\"0x%lx\",\"free_bytes\":%d,\"contig_hint\":%d,\"contig_hint_start\":%d,\"scan_hint\":%d,\"scan_hint_start\":%d,\"first_free\":%d,\"immutable\":%d,\"isolated\":%d,\"nr_pages\":%d,\"nr_empty_pop_pages\":%d,\"populated\":\"%s\"}\n",
		slot, pos, (unsigned long)c->base_addr, c->free_bytes, c->chunk_md.contig_hint, c->chunk_md.contig_hint_start, c->chunk_md.scan_hint, c->chunk_md.scan_hint_start, c->chunk_md.first_free, c->immutable, iso, c->nr_pages, c->nr_empty_pop_pages, buf);
}
static void lists(void)
{
	void *o = (void *)get_zeroed_page(GFP_KERNEL); struct zone *z; int c, i;
	if (!o) return; z = page_zone(virt_to_page(o));
	for_each_online_cpu(c) {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5,14,0)
		struct per_cpu_pages *p = per_cpu_ptr(z->per_cpu_pageset, c); char b[200]; int n = 0;
		for (i = 0; i < NR_PCP_LISTS; i++) { struct list_head *e; int k = 0; list_for_each(e, &p->lists[i]) if (++k > 100000) break; n += snprintf(b + n, sizeof(b) - n, " %d", k); }
		pr_info("pplist cpu=%d this=%d count=%d high=%d batch=%d lists%s\n", c, raw_smp_processor_id(), p->count, p->high, p->batch, b);
#endif
	}
	free_page((unsigned long)o);
}
static void dump(void)
{
	struct list_head *l = *(struct list_head **)a_lists; int i, ns = *(int *)a_nrslots, pos; struct ck *c, *r = *(struct ck **)a_reserved; int total = 0;
	pr_info("pphead {\"nr_slots\":%d,\"nr_empty_pop_pages\":%d,\"nr_populated\":%lu,\"base\":\"0x%lx\"}\n", ns, *(int *)a_empty, *(unsigned long *)a_pop, *(unsigned long *)a_base);
	for (i = 0; i < ns; i++) list_for_each_entry(c, &l[i], list) total++;
	if (total > 10) { pr_info("ppmany %d\n", total); return; }
	if (r) one(-1, 0, r);
	for (i = 0; i < ns; i++) { pos = 0; list_for_each_entry(c, &l[i], list) one(i, pos++, c); }
}
static unsigned long fp(void) { struct sysinfo i; si_meminfo(&i); return i.freeram; }
static void **bag, **chain; static int slot; static long bags; enum { NR = PAGE_SIZE / sizeof(void *) - 2 };
static int freewq; 
static void drop(void)
{
	while (bag) { void **n = bag[0]; int i; for (i = 0; i < slot; i++) { if (freewq) destroy_workqueue(bag[2 + i]); else free_percpu((void __percpu *)bag[2 + i]); if (!(i & 63)) cond_resched(); } free_page((unsigned long)bag); bag = n; slot = NR; }
	slot = 0; bags = 0;
}
static void run(char *s)
{
	int sz[8], al[8], n = 0, gfp = 0, wq = -1; long made = 0, max = 100000000; char *t; gfp_t f; void *first = NULL, *last = NULL; int i;
	if (!strncmp(s, "dump", 4)) { lists(); return dump(); }
	if (!strncmp(s, "free", 4)) return drop();
	if (sscanf(s, "ballast:%d", &i) == 1) { while (i--) { void **p = (void **)__get_free_page(GFP_KERNEL); if (!p) break; p[0] = chain; chain = p; } pr_info("pp: ballast free=%lu cpu=%d\n", fp(), raw_smp_processor_id()); return; }
	if (sscanf(s, "wq:%d", &wq) == 1) { freewq = 1; } else {
		freewq = 0; s += 3; /* ex:GFP:MAX:S/A:S/A.. */
		gfp = simple_strtol(s, &s, 10); s++; max = simple_strtol(s, &s, 10); s++;
		while ((t = strsep(&s, ":")) && n < 8) if (sscanf(t, "%d/%d", &sz[n], &al[n]) == 2) n++;
	}
	f = gfp == 1 ? (GFP_NOWAIT | __GFP_NOWARN) : gfp == 2 ? (GFP_KERNEL | __GFP_NORETRY) : GFP_KERNEL;
	pr_info("pp: begin cpu=%d free=%lu\n", raw_smp_processor_id(), fp());
	while (made < max) {
		void *o;
		if (!bag || slot == NR) {
			void **p = (void **)get_zeroed_page(gfp == 1 ? GFP_KERNEL : f);
			if (!p) { pr_info("pp: bag failed\n"); break; }
			p[0] = bag; bag = p; slot = 0; bags++;
		}
		if (wq >= 0) o = alloc_workqueue("x", wq, 0);
		else o = (void __force *)__alloc_percpu_gfp(sz[made % n], al[made % n], f);
		if (!o) break;
		if (!first) first = o; last = o;
		bag[2 + slot++] = o; made++;
		if (fatal_signal_pending(current)) { pr_info("pp: signal\n"); break; }
		if (!(made & 1023)) cond_resched();
	}
	lists(); pr_info("pp: end cpu=%d made=%ld bags=%ld free=%lu first=%px last=%px\n", raw_smp_processor_id(), made, bags, fp(), first, last);
	while (chain) { void **p = chain[0]; free_page((unsigned long)chain); chain = p; }
}
static ssize_t pw(struct file *fl, const char __user *u, size_t n, loff_t *o)
{
	char b[200]; size_t m = min(n, sizeof(b) - 1); if (copy_from_user(b, u, m)) return -EFAULT; b[m] = 0; run(strim(b)); return n;
}
static const struct proc_ops ops = { .proc_write = pw };
static int __init pp_init(void) { proc_create("pp", 0200, NULL, &ops); return 0; }
module_init(pp_init);
MODULE_LICENSE("GPL");
