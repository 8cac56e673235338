package io.github.resnetserving.models.download;

/**
 * How far a download is.
 *
 * @param file the file's name
 * @param bytes what is there, with what earlier runs brought
 * @param total bytes of the whole file; −1 where the server does not tell
 * @param bytesPerSecond since this run began; 0 at first
 */
public record FetchProgress(String file, long bytes, long total, double bytesPerSecond) {}
