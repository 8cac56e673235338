package io.github.resnetserving.training;

import io.github.resnetserving.evaluation.ReportSection;
import java.util.List;
import java.util.Set;

/**
 * What is to be done about images that an audit has found.
 *
 * @param leftOut positions of images that are not learnt from; held-out images stay, since the
 *     result is measured by them
 * @param seldom positions of images that weigh a quarter: each epoch shows that share of them
 * @param copies groups of positions, of which none shall be held out while another is learnt from
 * @param sections parts of the report
 */
public record Curation(
    Set<Integer> leftOut,
    Set<Integer> seldom,
    List<List<Integer>> copies,
    List<ReportSection> sections) {

  /** Nothing is. */
  public static final Curation NONE = new Curation(Set.of(), Set.of(), List.of(), List.of());

  public Curation {
    leftOut = Set.copyOf(leftOut);
    seldom = Set.copyOf(seldom);
    copies = List.copyOf(copies);
    sections = List.copyOf(sections);
  }
}
