package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.ExternalProgram.Run;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.serving.ModelServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.json.JsonMapper;

/** The page in front of a server with keys, three models and small limits. */
@SpringBootTest(
    classes = {
      ServingConfiguration.class,
      ServingTest.Models.class,
      PageAccessTest.SecondModel.class
    },
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.max-body=100KB",
      "resnet.limits.max-images=3",
      "resnet.access.keys[0].name=ask",
      "resnet.access.keys[0].sha256=" + AccessTest.ASK,
      "resnet.access.keys[1].name=rule",
      "resnet.access.keys[1].sha256=" + AccessTest.RULE,
      "resnet.access.keys[1].rights=admin,infer"
    })
@Timeout(120)
class PageAccessTest {

  @RegisterExtension static final Browser BROWSER = new Browser();

  private static final Path HORSE = Path.of("src/test/resources/horse.webp");

  @LocalServerPort private int port;
  @Autowired private RecordedAdministration administration;
  @TempDir private Path folder;

  /** Beside "net", which is ready, and "slow", which is not yet. */
  @TestConfiguration(proxyBeanMethods = false)
  static class SecondModel {

    @Bean
    InitializingBean secondModel(ModelServer server) {
      return () ->
          server.serve(
              ServingTest.Models.spec("other"),
              () -> new PlanReport("fused", "bf16", 1, List.of()),
              ServingTest.Models::run,
              /* intermediates= */ null,
              () -> {});
    }
  }

  @BeforeEach
  void open() {
    BROWSER.open("http://localhost:" + port + "/");
    BROWSER.awaitText("#key-why", "This server answers those who have a key.");
  }

  @AfterEach
  void theBrowserHasNotComplained() {
    assertThat(BROWSER.complaints()).isEmpty();
  }

  private void giveKey(String key) {
    BROWSER.find("#key-value").sendKeys(key, Keys.ENTER);
  }

  @Test
  void aKeyIsAskedForWithoutTakingTheFocusWhileThePageOpens() {
    assertThat(BROWSER.focused()).isEqualTo(BROWSER.find("body"));
    assertThat(BROWSER.find("#key-value").getAccessibleName()).isEqualTo("API key");
    assertThat(BROWSER.find("#key-value").getDomAttribute("type")).isEqualTo("password");
    assertThat(BROWSER.texts("nav")).as("what only opens with a key").containsExactly("API");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.prefers("prefers-color-scheme", "dark");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("key");
  }

  @Test
  void photographsWaitForTheKey() {
    BROWSER.choose(HORSE);
    BROWSER.awaitCount(".run[aria-busy]", 1);
    assertThat(BROWSER.focused()).isEqualTo(BROWSER.find("#key-value"));

    giveKey("guessed");
    BROWSER.awaitText("#key-why.error", ".+");
    assertThat(BROWSER.focused()).isEqualTo(BROWSER.find("#key-value"));
    giveKey("no key at all");
    BROWSER.awaitText("#key-why", "A key has .*");
    BROWSER.find("#key-value").clear();
    giveKey("ask-key");

    BROWSER.awaitText(".run h2", "net, fp32");
    assertThat(BROWSER.find("#key").isDisplayed()).isFalse();
    assertThat(BROWSER.run("return document.getElementById('key-value').value")).isEqualTo("");
  }

  @Test
  void theKeyIsInThePagesMemoryAndNowhereElse() {
    giveKey("ask-key");
    BROWSER.awaitText("#model option", "net");
    assertThat(
            BROWSER.run(
                "return localStorage.length + sessionStorage.length + document.cookie.length"))
        .isEqualTo(0L);

    BROWSER.click("#key-forget");
    BROWSER.choose(HORSE);
    BROWSER.awaitText("#key-why", "This server answers those who have a key.");
    BROWSER.click("#key-cancel");
    BROWSER.awaitText(".card .error", "Unauthenticated This needs a key.*");

    giveKeyAfterReload();
  }

  private void giveKeyAfterReload() {
    open();
    giveKey("ask-key");
    BROWSER.awaitText("#model option", "net");
  }

  @Test
  void theCopiedCommandTakesTheKeyFromTheEnvironment() throws Exception {
    Files.copy(HORSE, folder.resolve("horse.webp"));
    giveKey("ask-key");
    BROWSER.choose(HORSE);
    BROWSER.awaitText(".run h2", "net, fp32");

    BROWSER.click(".run header .curl");
    BROWSER.awaitText("#status", ".*It takes the key from the variable RESNET_KEY.");
    String command = BROWSER.clipboard();
    assertThat(command).doesNotContain("ask-key");
    Run run =
        ExternalProgram.run(
            folder,
            Map.of("RESNET_KEY", "ask-key"),
            Duration.ofSeconds(30),
            "sh",
            "-c",
            command + " 2>/dev/null");

    assertThat(new JsonMapper().readTree(run.output()).at("/model/name").stringValue())
        .isEqualTo("net");
  }

  @Test
  void modelsAreUnloadedWithAKeyThatMay() {
    giveKey("ask-key");
    BROWSER.awaitText("#model option", "net");
    BROWSER.click("#models summary");
    assertThat(BROWSER.texts("#models tbody th")).contains("net (default)", "other", "slow");
    assertThat(BROWSER.texts("#models tbody td:nth-of-type(2)")).contains("ready", "loading");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("models");

    BROWSER.click("#models button[aria-label='Unload net']");
    BROWSER.awaitText("#key-why.error", "The key \"ask\" lacks the right admin.");
    giveKey("rule-key");

    BROWSER.awaitText("#status", "net is being unloaded.");
    assertThat(administration.told()).contains("unload net");
    BROWSER.find("#load-name").sendKeys("none", Keys.ENTER);
    BROWSER.awaitText("#status", "Unknown model: .*");
    assertThat(administration.told()).contains("load none null");
  }

  @Test
  void aModelWithoutACardIsSaidToHaveNone() {
    giveKey("ask-key");
    BROWSER.awaitText("#model option", "net");

    BROWSER.click("#about");

    BROWSER.awaitText(
        "#status", "Not found: The model net has no card: its folder has no MODEL_CARD.md.");
  }

  @Test
  void aModelIsChosenAmongThoseThatAreReady() {
    giveKey("ask-key");
    BROWSER.awaitText("#model option", "slow \\(loading\\)");
    assertThat(BROWSER.texts("#model option")).contains("net", "other", "slow (loading)");
    assertThat(BROWSER.find(By.xpath("//option[contains(., 'slow')]")).isEnabled()).isFalse();
    assertThat(BROWSER.run("return document.getElementById('model').value")).isEqualTo("net");

    BROWSER.run("document.getElementById('model').focus()");
    BROWSER.press("other", Keys.ENTER);
    BROWSER.awaitText("#model-facts", "10 classes, sees 32 × 32, bf16 on .*");
    BROWSER.choose(HORSE);

    BROWSER.awaitText(".run h2", "other, bf16");
  }

  @Test
  void moreThanARequestMayHaveAreSentInSeveral() throws Exception {
    giveKey("ask-key");
    BROWSER.awaitText("#limits", ".*; 3 a request and 0.1 MB at most");
    Path[] files = new Path[5];
    for (int i = 0; i < files.length; i++) {
      files[i] = Files.copy(HORSE, folder.resolve(i + ".webp"));
    }

    BROWSER.choose(files);

    BROWSER.awaitCount(".card fieldset:not([hidden])", 5);
    BROWSER.awaitCount(".run", 2);
    assertThat(BROWSER.texts(".run:first-child h3")).containsExactly("0.webp", "1.webp", "2.webp");
    assertThat(BROWSER.texts(".run:last-child h3")).containsExactly("3.webp", "4.webp");
  }

  @Test
  void aPhotographThatIsTooLargeFailsAlone() throws Exception {
    giveKey("ask-key");
    BROWSER.awaitText("#limits", ".*; 3 a request.*");
    Path large = Files.write(folder.resolve("large.jpg"), new byte[200_000]);

    BROWSER.choose(HORSE, large);

    BROWSER.awaitText(".card .error", "Too large .+");
    BROWSER.awaitCount(".card fieldset:not([hidden])", 1);
  }
}
