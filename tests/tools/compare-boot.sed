# What names or measures the machine, for tests/tools/compare-boot.
# The hypervisor, and what a kernel does only under this one.
/^setup: Linux is running /d
/^cma: Reserved/d
/^hvc_iucv:/d
/^cpcmd:/d
# How much storage is left, which goes by the hypervisor's drivers and processors.
/^Memory: /d
s/, 0K cma-reserved//
/^printk: log_buf_len/d
/^printk: early log buf free/d
# The number of processors that there may be.
s/nr_cpu_ids=[0-9]*/nr_cpu_ids=N/
s/CPUs=[0-9]*/CPUs=N/
/^pid_max: default/d
/^cblist_init_generic: Setting/d
/^futex hash table entries/d
/^workingset: timestamp_bits/d
# Times and random numbers.
/^audit: type=2000/d
/^random: crng init/d
# What each has of devices and facilities.
/^ap: The hardware/d
/^cio: Channel measurement/d
/^sclp_sd:/d
/^Freeing initrd memory/d
