package io.github.resnetserving.loadgen;

/**
 * What is posted.
 *
 * @param body not copied
 * @param type such as {@code image/jpeg}
 */
@SuppressWarnings("ArrayRecordComponent") // a file's bytes, written as they are
public record Post(byte[] body, String type) {}
