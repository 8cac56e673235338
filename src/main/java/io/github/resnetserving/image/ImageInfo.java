package io.github.resnetserving.image;

/** What a picture was: its format's name and its size in pixels after orientation. */
public record ImageInfo(String format, int width, int height) {}
