package io.github.resnetserving.http;

import org.jspecify.annotations.Nullable;

/**
 * One image of a request.
 *
 * @param id what the client calls it, such as its file name, or null
 * @param encoded its bytes; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes
record SentImage(@Nullable String id, byte[] encoded) {}
