package io.github.resnetserving.image;

/** What a picture may cost. */
public record DecodeLimits(long maxPixels) {}
