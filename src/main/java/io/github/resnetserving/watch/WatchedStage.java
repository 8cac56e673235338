package io.github.resnetserving.watch;

import io.github.resnetserving.batch.Activity;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Threads that are watched.
 *
 * @param name what the log and the readiness call it, such as {@code decoding}
 * @param activity what the threads do; quick, and safe for use by many threads
 * @param excused whether standing still means nothing now, such as while a model is warmed up
 * @param onStuck what to do about a piece of work that has been run for {@link
 *     Watch.Settings#stallAfter()}; is given its number in {@link Activity#running}, once
 */
public record WatchedStage(
    String name, Supplier<Activity> activity, BooleanSupplier excused, LongConsumer onStuck) {}
