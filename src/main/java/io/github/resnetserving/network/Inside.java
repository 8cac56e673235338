package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/**
 * The methods of a plan that look inside a network. Each runs no further than it must, and none is
 * part of the ordinary pass, which stays as it is.
 */
record Inside(Topology topology, PlanForm form, Target target, int size) {

  /** A method a stage, {@code stem}, {@code layer1} and so on, and one that counts the layers. */
  void addStages(ScriptArchive archive) {
    Script count = new Script();
    count.line("return " + topology.stages().size());
    archive.method(count, "stages(self) -> int");
    for (int stage = 0; stage <= topology.stages().size(); stage++) {
      Script script = new Script();
      ForwardPass pass = new ForwardPass(topology, form.operators());
      Value map = pass.stage(script, input(script), stage);
      script.line("return " + form.operators().revealed(script, map));
      archive.method(
          script, (stage == 0 ? "stem" : "layer" + stage) + "(self, pixels: Tensor) -> Tensor");
    }
  }

  /** Class activation maps (Zhou et al. 2016): the classifier's row of a class at every place. */
  void addExplanation(ScriptArchive archive) {
    Script script = new Script();
    ForwardPass pass = new ForwardPass(topology, form.operators());
    Value map = pass.trunk(script, input(script));
    String classes = target.arrived(script, "classes");
    String logits = pass.classify(script, form.operators().averagePool(script, map));
    String chosen =
        script.assign(
            "torch.where(torch.lt(%s, 0), torch.argmax(%s, 1), %s)"
                .formatted(classes, logits, classes));
    String rows =
        script.assign(
            "torch.index_select(%s, 0, %s)"
                .formatted(form.operators().classifierWeight(topology.classifier()), chosen));
    String weighed =
        script.assign(
            "torch.mul(%s, torch.unsqueeze(torch.unsqueeze(%s, 2), 3))"
                .formatted(form.operators().revealed(script, map), rows));
    String maps = script.assign("torch.sum(%s, [1])".formatted(weighed));
    String biases =
        script.assign(
            "torch.index_select(%s, 0, %s)"
                .formatted(Script.attribute(topology.classifier() + ".bias"), chosen));
    script.line("return (%s, %s, %s, %s)".formatted(logits, maps, biases, chosen));
    archive.method(
        script,
        "explain(self, pixels: Tensor, classes: Tensor)"
            + " -> Tuple[Tensor, Tensor, Tensor, Tensor]");
  }

  private Value input(Script script) {
    return form.fromPixels(script, target.arrived(script, "pixels"), size);
  }
}
