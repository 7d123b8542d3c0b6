"""Files of kernels: ELF, BTF and modules, packed or not; read with limits, for profiles that name one and for observation."""
