package io.github.resnetserving.plan.onednn;

import java.lang.foreign.MemorySegment;

/**
 * A tensor's shape, type and layout. Immutable; lives as long as its session.
 *
 * @param handle of {@code dnnl_memory_desc_t}
 * @param bytes that such a tensor takes; 0 where the layout is still open
 */
record Descriptor(MemorySegment handle, long bytes) {}
