package io.github.resnetserving.models.download;

import io.github.resnetserving.models.Preprocessing;

/**
 * Weights that torchvision publishes.
 *
 * @param name what to fetch: {@code resnet50} for the best weights of an architecture, else with
 *     their number, {@code resnet50-v1}
 * @param weights what torchvision calls them, such as {@code IMAGENET1K_V2}
 * @param file the file's name
 * @param sha256 the first digits of its digest
 * @param accuracy share of ImageNet's validation images that are classified correctly, in per cent,
 *     as torchvision tells it
 * @param accuracy5 the same for the five most probable classes
 * @param parameters numbers that were learnt
 * @param mebibytes the file's size
 */
public record PublishedModel(
    String name,
    String weights,
    String file,
    String sha256,
    double accuracy,
    double accuracy5,
    long parameters,
    double mebibytes,
    Preprocessing preprocessing) {}
