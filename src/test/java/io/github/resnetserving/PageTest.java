package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.ExternalProgram.Run;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page at the root in a real browser, in front of the program as it is started. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(120)
class PageTest {

  @RegisterExtension static final Browser BROWSER = new Browser();

  private static final Path HORSE = Path.of("src/test/resources/horse.webp");
  private static final Path IMAGES = Path.of("src/test/resources/images");
  private static final Path NO_IMAGE = Path.of("pom.xml");
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @LocalServerPort private int port;
  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void open() {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() ->
            client
                    .send(HttpRequest.newBuilder(uri("/readyz")).build(), BodyHandlers.discarding())
                    .statusCode()
                == 200);
    BROWSER.open(uri("/").toString());
    BROWSER.awaitText("#model option", "cifar10-resnet20");
    BROWSER.awaitText("#limits", ".*32 a request.*");
  }

  @AfterEach
  void theBrowserHasNotComplained() {
    assertThat(BROWSER.complaints()).isEmpty();
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }

  /** Chooses the horse and waits for what the network says of it. */
  private void classifyHorse() {
    BROWSER.choose(HORSE);
    BROWSER.awaitText(".prediction", "horse\\s84.6 %");
  }

  /** Picks the nth class of the first photograph and waits for its map. */
  private void pick(int nth) {
    BROWSER.click(".prediction:nth-of-type(%d)".formatted(nth));
    BROWSER.awaitCount(".photo:not([aria-busy]) canvas:not([hidden])", 1);
  }

  @Test
  void aChosenPhotographIsShownWithItsClassesAndTheirShares() {
    classifyHorse();

    assertThat(BROWSER.texts(".run h2")).containsExactly("cifar10-resnet20, fp32");
    assertThat(BROWSER.texts(".card h3")).containsExactly("horse.webp");
    assertThat(BROWSER.texts(".facts")).containsExactly("webp, 32 × 32");
    assertThat(BROWSER.texts(".prediction .name")).hasSize(5).startsWith("horse", "dog", "deer");
    assertThat(BROWSER.texts(".prediction .share")).startsWith("84.6 %", "8.6 %", "3.7 %");
    assertThat(
            BROWSER.number(
                "const bar = document.querySelector('.bar'); return bar.firstChild.offsetWidth"
                    + " / bar.offsetWidth"))
        .isCloseTo(0.846, within(0.01));
    assertThat(BROWSER.texts("#status").getFirst())
        .matches("1 photograph classified in \\d+ ms. It is most likely: horse.");
    assertThat(BROWSER.texts("#model-facts"))
        .containsExactly("10 classes, sees 32 × 32, fp32 on cpu");
    assertThat(BROWSER.number("return document.querySelector('.photo img').naturalWidth"))
        .isEqualTo(32);
    BROWSER.screenshot("result");
  }

  @Test
  void theTimesOfOnePhotographAreDrawnAsPartsOfTheTotal() {
    classifyHorse();

    assertThat(BROWSER.texts(".timing dt"))
        .containsExactly("decode", "queue", "inference", "other", "total");
    List<Double> times =
        BROWSER.texts(".timing dd").stream()
            .map(text -> Double.valueOf(text.replace(" ms", "")))
            .toList();
    double total = times.getLast();
    assertThat(times.subList(0, 4).stream().mapToDouble(time -> time).sum())
        .isCloseTo(total, within(2.0)); // rounded, each
    List<?> widths =
        BROWSER.list(
            "const split = document.querySelector('.split'); return [...split.children].map("
                + "part => parseFloat(part.style.inlineSize))");
    assertThat(widths).hasSize(4);
    assertThat(widths.stream().mapToDouble(width -> ((Number) width).doubleValue()).sum())
        .isCloseTo(100, within(0.01));
  }

  /** Without a photograph at hand, in the time that a person would wait. */
  @Test
  void anExampleIsAnsweredAtOnce() {
    assertThat(BROWSER.texts("#examples button"))
        .containsExactly("Golf ball", "Parachute", "Temple");
    assertThat(
            BROWSER.number(
                "return [...document.querySelectorAll('#examples img')].filter(image =>"
                    + " image.complete && image.naturalWidth === 320).length"))
        .isEqualTo(3);
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("start");

    BROWSER.click("#examples button:nth-of-type(3)");

    BROWSER.awaitText(".facts", "jpeg, 320 × 214 Save it");
    assertThat(BROWSER.texts(".card h3")).containsExactly("temple.jpg");
  }

  @Test
  void theClassesAreNamed() {
    BROWSER.click("#classes summary");
    BROWSER.awaitText("#classes li", "horse");
    assertThat(BROWSER.texts("#classes li")).hasSize(10);
    assertThat(BROWSER.accessibilityProblems()).isEmpty();

    BROWSER.find("#classes input").sendKeys("OR");

    BROWSER.awaitCount("#classes li:not([hidden])", 1);
    assertThat(BROWSER.texts("#classes li:not([hidden])")).containsExactly("horse");
  }

  @Test
  void theCardOfTheModelIsOneClickAway() {
    BROWSER.click("#about");
    BROWSER.awaitText("#card h2", "cifar10-resnet20");

    assertThat(BROWSER.texts("#card tbody tr:nth-of-type(3)").getFirst())
        .isEqualTo("accuracy 90.44 % top-1 on 5,000 held-out images (epoch 29 of 30)");
    assertThat(BROWSER.texts("#card table:nth-of-type(2) tbody tr")).hasSize(30);
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.prefers("prefers-color-scheme", "dark");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("card");
    BROWSER.screen(320, 844, /* mobile= */ true);
    assertFits("with a card", 320);
    BROWSER.press(Keys.ESCAPE);

    assertThat(BROWSER.texts("#card")).isEmpty();
    assertThat(name(BROWSER.focused())).isEqualTo("About this model");
  }

  @Test
  void asManyClassesAreShownAsTheUserLikes() throws Exception {
    assertThat(BROWSER.texts("#top-k option")).containsExactly("1", "3", "5", "all 10");
    assertThat(BROWSER.find("#ten-crops").isDisplayed()).as("it crops nothing").isFalse();

    BROWSER.run("document.getElementById('top-k').focus()");
    BROWSER.press("all", Keys.ENTER);
    BROWSER.choose(HORSE);
    BROWSER.awaitCount(".prediction", 10);
    BROWSER.click(".run header .curl");
    BROWSER.awaitText("#status", "The command is copied.*");

    assertThat(BROWSER.clipboard())
        .isEqualTo(
            "curl -F image=@horse.webp '%s'"
                .formatted(uri("/classify?model=cifar10-resnet20&top_k=10")));
  }

  /** What is pressed is not on paper, what was answered is, in dark ink. */
  @Test
  void whatIsPrintedIsTheAnswer() {
    classifyHorse();
    pick(1);

    BROWSER.asPrintedFromTheDark();

    assertThat(BROWSER.texts("button, .button, summary, nav a, select, #status")).isEmpty();
    assertThat(BROWSER.texts("h1, .run h2, .card h3"))
        .containsExactly("ResNet Serving", "cifar10-resnet20, fp32", "horse.webp");
    assertThat(BROWSER.texts(".prediction")).hasSize(5).first().isEqualTo("horse\n84.6 %");
    assertThat(BROWSER.texts(".map .of")).containsExactly("What speaks for horse");
    assertThat(BROWSER.texts(".timing dt")).contains("inference", "total");
    assertThat(BROWSER.run("return getComputedStyle(document.body).color"))
        .isEqualTo("rgb(0, 0, 0)");
    assertThat(
            BROWSER.run("return getComputedStyle(document.querySelector('.bar')).printColorAdjust"))
        .isEqualTo("exact");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("print");
  }

  @Test
  void manyPhotographsAreTilesWhoseDetailsOpen() throws Exception {
    Path[] files = new Path[34];
    for (int i = 0; i < files.length; i++) {
      files[i] = Files.copy(HORSE, folder.resolve("%02d.webp".formatted(i)));
    }
    BROWSER.choose(files);

    BROWSER.awaitText("#status", "34 photographs classified in \\d+ ms\\.");
    BROWSER.awaitCount(".tiles .card", 32); // a request's most; two are cards of their own
    assertThat(BROWSER.texts(".tiles .toggle").getFirst()).isEqualTo("horse 84.6 % 00.webp");
    assertThat(BROWSER.texts(".tiles .prediction")).isEmpty();
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("grid");

    BROWSER.click(".tiles .card:nth-of-type(2) .toggle");

    assertThat(BROWSER.texts(".tiles .prediction .name")).hasSize(5).startsWith("horse");
    assertThat(BROWSER.find(".tiles .open .toggle").getDomAttribute("aria-expanded"))
        .isEqualTo("true");
    BROWSER.click(".tiles .open .prediction");
    BROWSER.awaitText(".tiles .open .map .of", "What speaks for horse");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.click(".tiles .open .toggle");
    assertThat(BROWSER.texts(".tiles .prediction")).isEmpty();
    for (int width : List.of(390, 320)) {
      BROWSER.screen(width, 844, /* mobile= */ true);
      assertFits("tiles", width);
    }
  }

  @Test
  void answersAreSavedAsJsonAndCsv() throws Exception {
    Path odd = Files.copy(HORSE, folder.resolve("a, \"b\".webp"));
    BROWSER.run(
        """
        window.saved = [];
        const make = URL.createObjectURL;
        URL.createObjectURL = blob => {
          if (/csv|json/.test(blob.type)) blob.text().then(text => saved.push(text));
          return make(blob);
        };
        """);
    BROWSER.choose(odd, NO_IMAGE);
    BROWSER.awaitCount(".card fieldset:not([hidden])", 1);

    BROWSER.click(".run header .csv");
    BROWSER.awaitText("#status", "The answers are in answers.csv, among your downloads.");
    BROWSER.click(".run header .json");
    BROWSER.awaitText("#status", "The answers are in answers.json, among your downloads.");

    await().until(() -> BROWSER.list("return saved").size() == 2);
    List<String> rows = String.valueOf(BROWSER.list("return saved").getFirst()).lines().toList();
    assertThat(rows).hasSize(7);
    assertThat(rows.getFirst()).isEqualTo("file,rank,index,wnid,label,probability,error");
    assertThat(rows.get(1)).startsWith("\"a, \"\"b\"\".webp\",1,7,,horse,0.84");
    assertThat(rows.getLast()).startsWith("pom.xml,,,,,,\"The bytes are in no image format");
    JsonNode answer =
        new JsonMapper().readTree(String.valueOf(BROWSER.list("return saved").getLast()));
    assertThat(answer.at("/results/0/predictions/0/label").stringValue()).isEqualTo("horse");
  }

  /** A pixel of a transparent image lies on what the network sees there, in the dark as well. */
  @Test
  void transparentImagesLieOnTheirBackgroundInTheDarkAsWell() {
    BROWSER.choose(IMAGES.resolve("alpha.png"));
    BROWSER.awaitText(".facts", "png, .*");
    String behind = "return getComputedStyle(document.querySelector('.photo img')).backgroundColor";

    BROWSER.prefers("prefers-color-scheme", "dark");

    assertThat(BROWSER.run(behind)).isEqualTo("rgb(255, 255, 255)");
  }

  @Test
  void photographsAreDroppedAnywhere() {
    BROWSER.drop("#drop", HORSE);
    BROWSER.awaitText(".prediction", "horse\\s84.6 %");

    BROWSER.drop("h1", IMAGES.resolve("rgb.png"));
    BROWSER.awaitText(".facts", "png, .*");
    assertThat(BROWSER.texts(".card h3")).containsExactly("rgb.png", "horse.webp");
  }

  @Test
  void aFolderThatIsDroppedIsNamedAsSuch() {
    BROWSER.drop("#drop", IMAGES);

    BROWSER.awaitText("#status", "Folders are not read.");
    BROWSER.awaitCount(".run", 0);
  }

  @Test
  void aPhotographIsPasted() {
    Object copied =
        BROWSER.run(
            """
            const canvas = new OffscreenCanvas(40, 30);
            canvas.getContext('2d').fillRect(0, 0, 40, 30);
            return canvas.convertToBlob({type: 'image/png'})
                .then(blob => navigator.clipboard.write([new ClipboardItem({'image/png': blob})]))
                .then(() => 'copied', String)
            """);
    assertThat(copied).isEqualTo("copied");
    BROWSER.pressWith(Keys.CONTROL, "v");

    BROWSER.awaitText(".facts", "png, 40 × 30 Save it");
    assertThat(BROWSER.texts(".card h3")).containsExactly("pasted-1.png");
    assertThat(BROWSER.find(".facts a").getDomAttribute("download")).isEqualTo("pasted-1.png");
    BROWSER.click(".run header .curl");
    BROWSER.awaitText("#status", "The command is copied. Save what you have pasted first, .*");
    assertThat(BROWSER.clipboard()).contains("-F image=@pasted-1.png");
  }

  @Test
  void amongSeveralPhotographsABadOneFailsAlone() {
    BROWSER.choose(HORSE, NO_IMAGE, IMAGES.resolve("exif6.jpg"));
    BROWSER.awaitCount(".card fieldset:not([hidden])", 2);

    assertThat(BROWSER.texts(".card h3")).containsExactly("horse.webp", "pom.xml", "exif6.jpg");
    assertThat(BROWSER.texts(".card .error"))
        .containsExactly(
            "Unsupported image The bytes are in no image format that is read here; they look like"
                + " XML: perhaps an error message in place of the image. Send one of JPEG, PNG,"
                + " GIF, BMP, WEBP, TIFF.");
    assertThat(BROWSER.texts(".card:nth-of-type(2) .photo"))
        .containsExactly("Your browser cannot show this file.");
    assertThat(BROWSER.texts(".timing dt"))
        .containsExactly("decode", "queue", "inference", "total");
    assertThat(BROWSER.texts(".timing p")).containsExactly("The longest of 3 photographs each.");
    assertThat(BROWSER.texts("#status").getFirst())
        .matches("2 photographs classified in \\d+ ms, 1 failed.");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("several");
  }

  @Test
  void aPhotographThatFailsAloneSaysWhyInItsPlace() throws Exception {
    Path broken = folder.resolve("half.jpg");
    byte[] whole = Files.readAllBytes(IMAGES.resolve("baseline.jpg"));
    Files.write(broken, Arrays.copyOf(whole, whole.length / 2));

    BROWSER.choose(broken);

    BROWSER.awaitText(".card .error", "Unreadable image .+");
    assertThat(BROWSER.texts(".run h2")).containsExactly("No answer");
    assertThat(BROWSER.texts("#status").getFirst())
        .isEqualTo("1 photograph not classified: Unreadable image.");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("error");
  }

  @Test
  void aServerThatIsNotThereIsSaidToBeSoAndAskedAgainWhenTheUserLikes() {
    BROWSER.offline(true);
    BROWSER.choose(HORSE);
    BROWSER.awaitText(".card .error", "No answer The service cannot be reached.*");

    BROWSER.offline(false);
    BROWSER.click(".run header .again");

    BROWSER.awaitText(".prediction", "horse\\s84.6 %");
    assertThat(BROWSER.texts(".run h2")).containsExactly("cifar10-resnet20, fp32", "No answer");
    BROWSER.click(".run:last-child header .remove");
    assertThat(BROWSER.texts(".run h2")).containsExactly("cifar10-resnet20, fp32");
  }

  @Test
  void theMapOfAPickedClassLiesOverThePhotograph() throws Exception {
    classifyHorse();
    pick(2);

    assertThat(BROWSER.texts(".map .of")).containsExactly("What speaks for dog");
    JsonNode answer = explain(HORSE, "class=5");
    assertThat(answer.at("/class/label").stringValue()).isEqualTo("dog");
    List<Double> values = new ArrayList<>();
    answer.get("map").forEach(row -> row.forEach(value -> values.add(value.asDouble())));
    double high = values.stream().mapToDouble(value -> value).max().orElseThrow();
    double low = values.stream().mapToDouble(value -> value).min().orElseThrow();
    assertThat(BROWSER.texts(".scale span"))
        .containsExactly("%.1f".formatted(low), "%.1f".formatted(high));
    // 8 x 8 cells of 32 pixels: a cell's value is that of its middle.
    assertThat(colour(values.indexOf(high))).isBetween(0xf5f299, 0xfcffa4); // inferno's last
    assertThat(colour(values.indexOf(low))).isBetween(0x000004, 0x04030f); // and first
    BROWSER.screenshot("map");
  }

  /** Of a cell's middle on the map's canvas. */
  private static int colour(int cell) {
    return (int)
        BROWSER.number(
            """
            const canvas = document.querySelector('.photo canvas');
            const copy = new OffscreenCanvas(256, 256).getContext('2d', {willReadFrequently: true});
            copy.drawImage(canvas, 0, 0);
            const [red, green, blue] = copy
                .getImageData(32 * (arguments[0] % 8) + 16, 32 * (arguments[0] >> 3) + 16, 1, 1).data;
            return red << 16 | green << 8 | blue;
            """,
            cell);
  }

  @Test
  void theMapCoversWhatTheNetworkSawOfAnUprightPhotograph() throws Exception {
    Path turned = IMAGES.resolve("exif6.jpg");
    BROWSER.choose(turned);
    BROWSER.awaitCount(".card fieldset:not([hidden])", 1);
    pick(1);

    JsonNode answer = explain(turned, "");
    double width = answer.at("/image/width").asDouble();
    double height = answer.at("/image/height").asDouble();
    assertThat(BROWSER.texts(".facts"))
        .containsExactly("jpeg, %.0f × %.0f".formatted(width, height));
    List<Double> shares = new ArrayList<>();
    for (String side : List.of("left/width", "top/height", "width/width", "height/height")) {
      String[] names = side.split("/", -1);
      shares.add(
          answer.at("/region/" + names[0]).asDouble() / answer.at("/image/" + names[1]).asDouble());
    }
    List<?> shown =
        BROWSER.list(
            """
            const photo = document.querySelector('.photo img').getBoundingClientRect();
            const map = document.querySelector('.photo canvas').getBoundingClientRect();
            return [(map.left - photo.left) / photo.width, (map.top - photo.top) / photo.height,
                map.width / photo.width, map.height / photo.height];
            """);
    for (int i = 0; i < shares.size(); i++) {
      assertThat(((Number) shown.get(i)).doubleValue()).isCloseTo(shares.get(i), within(0.01));
    }
    assertThat(
            BROWSER.number(
                "const photo = document.querySelector('.photo img').getBoundingClientRect();"
                    + " return photo.width / photo.height"))
        .isCloseTo(width / height, within(0.02));
  }

  @Test
  void aSliderSaysHowMuchOfTheMapIsSeen() {
    classifyHorse();
    pick(1);
    String opacity = "return getComputedStyle(document.querySelector('.photo canvas')).opacity";
    assertThat(BROWSER.run(opacity)).isEqualTo("0.6");

    WebElement slider = BROWSER.find(".opacity input");
    slider.sendKeys(Keys.HOME);
    assertThat(BROWSER.run(opacity)).isEqualTo("0");
    slider.sendKeys(Keys.ARROW_RIGHT);
    assertThat(BROWSER.run(opacity)).isEqualTo("0.01");
    slider.sendKeys(Keys.END);
    assertThat(BROWSER.run(opacity)).isEqualTo("1");
    assertThat(slider.getDomAttribute("aria-valuetext")).isEqualTo("100 %");

    BROWSER.click(".map .hide");
    BROWSER.awaitCount(".photo canvas[hidden]", 1);
    assertThat(BROWSER.texts(".map")).isEmpty();
  }

  @Test
  void aMapIsAskedForOnce() {
    classifyHorse();
    pick(1);
    pick(2);
    BROWSER.awaitText(".map .of", "What speaks for dog");
    pick(1);
    BROWSER.awaitText(".map .of", "What speaks for horse");

    assertThat(
            BROWSER.run(
                "return performance.getEntriesByType('resource').map(({name}) => name).filter(name"
                    + " => name.includes('explain')).map(name => new URL(name).search)"))
        .isEqualTo(
            List.of(
                "?class=7&model=cifar10-resnet20&version=1",
                "?class=5&model=cifar10-resnet20&version=1"));
  }

  /** Chromium has no decoder for TIFF: the service draws the map over the photograph itself. */
  @Test
  void aPhotographThatTheBrowserCannotShowIsSeenWithItsMap() {
    BROWSER.choose(IMAGES.resolve("alpha.tif"));
    BROWSER.awaitText(".facts", "tiff, .*");
    assertThat(BROWSER.texts(".photo")).containsExactly("Your browser cannot show this file.");

    BROWSER.click(".prediction");
    BROWSER.awaitText(".map .of", "What speaks for .*");
    await()
        .atMost(LIMIT)
        .untilAsserted(() ->
            assertThat(BROWSER.number("return document.querySelector('.photo img').naturalWidth"))
                .isPositive());
    assertThat(BROWSER.texts(".photo")).isEmpty();
  }

  @Test
  void theCopiedCommandGivesTheSameAnswer() throws Exception {
    Path odd = Files.copy(HORSE, folder.resolve("my \"horse\"; $HOME's, \\ 馬.webp"));
    Path second = Files.copy(IMAGES.resolve("rgb.png"), folder.resolve("-.png"));
    BROWSER.choose(odd, second);
    BROWSER.awaitCount(".card fieldset:not([hidden])", 2);

    BROWSER.click(".run header .curl");
    BROWSER.awaitText(
        "#status", "The command is copied. Run it in the folder where the photographs are.");
    JsonNode answer = new JsonMapper().readTree(shell(BROWSER.clipboard(), Map.of()));

    assertThat(answer.at("/results/0/predictions/0/label").stringValue()).isEqualTo("horse");
    List<String> labels = new ArrayList<>();
    answer
        .get("results")
        .forEach(result ->
            result.get("predictions").forEach(one -> labels.add(one.get("label").stringValue())));
    assertThat(BROWSER.texts(".prediction .name")).isEqualTo(labels);
  }

  @Test
  void theCopiedCommandOfAMapDrawsIt() throws Exception {
    Files.copy(HORSE, folder.resolve("horse.webp"));
    classifyHorse();
    pick(2);

    BROWSER.click(".map .curl");
    BROWSER.awaitText("#status", "The command is copied.*");
    String command = BROWSER.clipboard();
    assertThat(command)
        .isEqualTo(
            "curl -H 'Accept: image/png' -o map.png -F image=@horse.webp"
                + " '%s'".formatted(uri("/explain?class=5&model=cifar10-resnet20&version=1")));
    shell(command, Map.of());

    assertThat(ImageIO.read(folder.resolve("map.png").toFile()).getWidth())
        .isEqualTo(256); // enlarged, so that something is seen
  }

  @Test
  void whereNothingMayBeCopiedTheCommandIsShownToBeCopiedByHand() {
    classifyHorse();
    BROWSER.run("Object.defineProperty(navigator, 'clipboard', {value: undefined})");

    BROWSER.click(".run header .curl");

    BROWSER.awaitText("#status", "Your browser does not let this page copy.*");
    WebElement field = BROWSER.find(".run > .command");
    assertThat(BROWSER.focused()).isEqualTo(field);
    assertThat(String.valueOf(BROWSER.run("return String(getSelection())")))
        .isEqualTo(field.getDomProperty("value"))
        .startsWith("curl -F image=@horse.webp ");
  }

  /** What a command prints in the folder, on standard output. */
  private String shell(String command, Map<String, String> environment) throws Exception {
    Run run = ExternalProgram.run(folder, environment, LIMIT, "sh", "-c", command + " 2>/dev/null");
    assertThat(run.succeeded()).as(command + ": " + run.output()).isTrue();
    return run.output();
  }

  @Test
  void allOfItIsDoneWithTheKeyboard() {
    classifyHorse();
    BROWSER.run("document.activeElement.blur()");
    List<String> stops = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      BROWSER.press(Keys.TAB);
      stops.add(name(BROWSER.focused()));
      assertThat(
              BROWSER.run(
                  """
                  const focused = document.activeElement;
                  const shown = focused.closest('.button, .prediction') ?? focused;
                  return getComputedStyle(shown).outlineStyle + ' ' + getComputedStyle(shown).outlineWidth;
                  """))
          .as("the focus is seen on " + stops.getLast())
          .isEqualTo("solid 3px");
    }
    assertThat(stops)
        .containsExactly(
            "API",
            "Models as JSON",
            "Raw metrics",
            "Choose photographs",
            "Golf ball",
            "Parachute",
            "Temple",
            "Model",
            "Classes shown",
            "About this model",
            "Which classes there are",
            "Models on this server",
            "Copy as curl",
            "JSON",
            "CSV",
            "Send again",
            "Remove",
            "horse 84.6 %");

    BROWSER.press(Keys.SPACE);
    BROWSER.awaitText(".map .of", "What speaks for horse");
    BROWSER.press(Keys.ARROW_DOWN);
    BROWSER.awaitText(".map .of", "What speaks for dog");
    BROWSER.pressWith(Keys.SHIFT, Keys.TAB); // the map is beside the photograph, before the classes
    assertThat(name(BROWSER.focused())).isEqualTo("Copy as curl");
    BROWSER.pressWith(Keys.SHIFT, Keys.TAB);
    assertThat(name(BROWSER.focused())).isEqualTo("Hide the map");
    BROWSER.pressWith(Keys.SHIFT, Keys.TAB);
    assertThat(name(BROWSER.focused())).isEqualTo("Map over photograph");
    BROWSER.press(Keys.ARROW_LEFT);
    assertThat(BROWSER.find(".opacity input").getDomProperty("value")).isEqualTo("59");
    BROWSER.press(Keys.TAB, Keys.ENTER);
    assertThat(BROWSER.texts(".map")).isEmpty();
    assertThat(name(BROWSER.focused())).as("not lost").isEqualTo("dog 8.6 %");
  }

  /** As a screen reader says it. */
  private static String name(WebElement element) {
    return String.valueOf(element.getAccessibleName());
  }

  @Test
  void nothingIsWiderThanAPhone() throws Exception {
    Path longName = folder.resolve("a-name-without-a-space-".repeat(6) + ".webp");
    Files.copy(HORSE, longName);
    for (int width : List.of(390, 320)) {
      BROWSER.open(uri("/").toString());
      BROWSER.screen(width, 844, /* mobile= */ true);
      assertFits("at first", width);
      assertThat(BROWSER.find(".camera").isDisplayed()).isTrue();
      assertThat(BROWSER.find("#camera").getDomAttribute("capture")).isEqualTo("environment");

      BROWSER.choose(longName, NO_IMAGE, IMAGES.resolve("exif6.jpg"));
      BROWSER.awaitCount(".card fieldset:not([hidden])", 2);
      pick(1);

      assertFits("with answers", width);
      assertThat(BROWSER.accessibilityProblems()).isEmpty();
      BROWSER.run("document.querySelector('.run').scrollIntoView()");
      BROWSER.screenshot("phone-" + width);
    }
  }

  private static void assertFits(String when, int width) {
    assertThat(BROWSER.number("return document.documentElement.scrollWidth"))
        .as(when)
        .isEqualTo(width);
  }

  @Test
  void aMouseIsNotOfferedACamera() {
    assertThat(BROWSER.find(".camera").isDisplayed()).isFalse();
  }

  @Test
  void coloursFollowTheSystemAndCanBeReadInBoth() {
    String ground = "return getComputedStyle(document.body).backgroundColor";
    classifyHorse();
    pick(1);
    assertThat(BROWSER.run(ground)).isEqualTo("rgb(246, 247, 249)");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();

    BROWSER.prefers("prefers-color-scheme", "dark");

    assertThat(BROWSER.run(ground)).isEqualTo("rgb(19, 22, 27)");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
    BROWSER.screenshot("dark");
  }

  @Test
  void nothingMovesForThoseWhoDoNotWantIt() {
    String moving =
        "return [...document.styleSheets].length && getComputedStyle("
            + "document.querySelector('.bar span')).animationName";
    classifyHorse();
    assertThat(BROWSER.run(moving)).isEqualTo("grow");

    BROWSER.prefers("prefers-reduced-motion", "reduce");

    assertThat(BROWSER.run(moving)).isEqualTo("none");
  }

  @Test
  void everythingComesFromTheServiceItself() {
    classifyHorse();
    pick(1);

    assertThat(
            BROWSER.run(
                "return performance.getEntriesByType('resource').filter(({name}) =>"
                    + " !name.startsWith(location.origin) && !name.startsWith('blob:' +"
                    + " location.origin)).length"))
        .isEqualTo(0L);
  }

  @Test
  void thePolicyRefusesWhatThePageDoesNotDo() {
    assertThat(
            BROWSER.run(
                """
                const refused = [];
                addEventListener('securitypolicyviolation',
                    event => refused.push(event.effectiveDirective));
                const element = document.createElement('p');
                element.setAttribute('style', 'color: red');
                const image = document.createElement('img');
                image.src = 'data:,';
                const script = document.createElement('iframe');
                script.src = '/models';
                document.body.append(element, image, script);
                try {
                  element.innerHTML = '<b>';
                } catch (error) {
                  refused.push(error.name);
                }
                return new Promise(resolve => setTimeout(() => resolve(refused.sort()), 200));
                """))
        .isEqualTo(
            List.of(
                "TypeError",
                "frame-src",
                "img-src",
                "require-trusted-types-for",
                "style-src-attr"));
    assertThat(BROWSER.complaints()).isNotEmpty();
  }

  @Test
  void theApiDocumentsWorkUnderTheirPolicy() {
    BROWSER.click("nav a");

    BROWSER.awaitText(".opblock-summary-path", ".*/classify");
    BROWSER.screenshot("api");
  }

  private JsonNode explain(Path image, String parameters) throws Exception {
    String body =
        client
            .send(
                HttpRequest.newBuilder(uri("/explain?" + parameters))
                    .POST(BodyPublishers.ofFile(image))
                    .build(),
                BodyHandlers.ofString())
            .body();
    return new JsonMapper().readTree(body);
  }
}
