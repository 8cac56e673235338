package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Chromium without a window, one for a class of tests, which are skipped where there is none. Says
 * things to it that a person could do: choosing, dropping and pasting files, pressing keys.
 */
final class Browser implements BeforeAllCallback, AfterAllCallback {

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final Path SCREENSHOTS = Path.of("target/screenshots");
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private @Nullable ChromeDriver driver;

  @Override
  public void beforeAll(ExtensionContext context) {
    Optional<File> chromium = NAMES.stream().flatMap(name -> installed(name).stream()).findFirst();
    Optional<File> chromedriver = installed("chromedriver");
    assumeTrue(
        chromium.isPresent() && chromedriver.isPresent(),
        "skipped: Chromium and its driver are not installed (Debian: chromium chromium-driver)");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow());
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    // As root, which CI is, there is no sandbox; and containers have a small /dev/shm.
    options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage");
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.orElseThrow())
                .usingAnyFreePort()
                .build(),
            options);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (driver != null) {
      driver.quit();
    }
  }

  private static Optional<File> installed(String program) {
    return Arrays.stream(
            Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator, -1))
        .map(folder -> new File(folder, program))
        .filter(File::canExecute)
        .findFirst();
  }

  private ChromeDriver driver() {
    return Objects.requireNonNull(driver);
  }

  /** Opens an address in a window of a common size, in light colours, with a clipboard. */
  void open(String address) {
    cdp("Emulation.setEmulatedMedia", Map.of("media", "", "features", List.of()));
    cdp("Emulation.setTouchEmulationEnabled", Map.of("enabled", false));
    screen(1100, 900, /* mobile= */ false);
    cdp(
        "Browser.grantPermissions",
        Map.of("permissions", List.of("clipboardReadWrite", "clipboardSanitizedWrite")));
    driver().get(address);
  }

  /** A screen of so many pixels; a phone's is touched. */
  void screen(int width, int height, boolean mobile) {
    cdp(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", mobile));
    cdp("Emulation.setTouchEmulationEnabled", Map.of("enabled", mobile));
  }

  /** What the user has told the system, such as {@code prefers-color-scheme}: {@code dark}. */
  void prefers(String feature, String value) {
    cdp(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", feature, "value", value))));
  }

  /** Shows the page as it would be printed by a user of dark colours. */
  void asPrintedFromTheDark() {
    cdp(
        "Emulation.setEmulatedMedia",
        Map.of(
            "media",
            "print",
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
  }

  void offline(boolean now) {
    cdp("Network.enable", Map.of());
    cdp(
        "Network.emulateNetworkConditions",
        Map.of("offline", now, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  private void cdp(String command, Map<String, Object> parameters) {
    driver().executeCdpCommand(command, parameters);
  }

  WebElement find(By by) {
    return driver().findElement(by);
  }

  WebElement find(String css) {
    return driver().findElement(By.cssSelector(css));
  }

  /** The visible texts of all elements, without those that are empty. */
  List<String> texts(String css) {
    return driver().findElements(By.cssSelector(css)).stream()
        .map(WebElement::getText)
        .filter(text -> !text.isEmpty())
        .toList();
  }

  /** Waits until an element is to be seen and has a text like this. */
  void awaitText(String css, String pattern) {
    await()
        .atMost(LIMIT)
        .ignoreException(StaleElementReferenceException.class)
        .untilAsserted(
            () -> assertThat(texts(css)).anyMatch(text -> text.matches("(?s)" + pattern)));
  }

  void awaitCount(String css, int count) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(driver().findElements(By.cssSelector(css))).as(css).hasSize(count));
  }

  void click(String css) {
    find(css).click();
  }

  /** Keys as they are pressed, wherever the focus is. */
  void press(CharSequence... keys) {
    new Actions(driver()).sendKeys(keys).perform();
  }

  void pressWith(CharSequence modifier, CharSequence key) {
    new Actions(driver()).keyDown(modifier).sendKeys(key).keyUp(modifier).perform();
  }

  WebElement focused() {
    return driver().switchTo().activeElement();
  }

  void choose(Path... files) {
    find("#files")
        .sendKeys(
            Arrays.stream(files)
                .map(file -> file.toAbsolutePath().toString())
                .collect(Collectors.joining("\n")));
  }

  /** Drops files from the file manager in the middle of an element. */
  void drop(String css, Path... files) {
    var at = find(css).getRect();
    Map<String, Object> data =
        Map.of(
            "items",
            List.of(),
            "files",
            Arrays.stream(files).map(file -> file.toAbsolutePath().toString()).toList(),
            "dragOperationsMask",
            1);
    for (String type : List.of("dragEnter", "dragOver", "drop")) {
      cdp(
          "Input.dispatchDragEvent",
          Map.of(
              "type",
              type,
              "x",
              at.getX() + at.getWidth() / 2,
              "y",
              at.getY() + at.getHeight() / 2,
              "data",
              data));
    }
  }

  /** What a script returns; it may wait for promises. */
  @Nullable Object run(String script, Object... arguments) {
    return driver().executeScript(script, arguments);
  }

  double number(String script, Object... arguments) {
    return ((Number) Objects.requireNonNull(run(script, arguments))).doubleValue();
  }

  List<?> list(String script, Object... arguments) {
    return (List<?>) Objects.requireNonNull(run(script, arguments));
  }

  String clipboard() {
    return String.valueOf(run("return navigator.clipboard.readText()"));
  }

  /** What accessibility rules of WCAG 2.2 AA and best practice are broken on the page as it is. */
  List<?> accessibilityProblems() {
    if (number("return 'axe' in window ? 1 : 0") == 0) {
      run(axe());
    }
    return list(
        "return axe.run({resultTypes: ['violations']}).then(({violations}) => violations"
            + ".map(({id, nodes}) => id + ': ' + nodes.map(({html, failureSummary}) =>"
            + " html + ' ' + failureSummary).join(' | ')))");
  }

  private static String axe() {
    try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
      return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * What the browser has complained of since this was last asked: scripts' errors and whatever the
   * policy refused. That a request was answered with an error is no complaint.
   */
  List<String> complaints() {
    return driver().manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .filter(message -> !message.contains("Failed to load resource"))
        .toList();
  }

  /** Of what is to be seen, for people to look at; below {@code target/screenshots}. */
  byte[] screenshot(String name) {
    byte[] png = driver().getScreenshotAs(OutputType.BYTES);
    try {
      Files.createDirectories(SCREENSHOTS);
      Files.write(SCREENSHOTS.resolve(name + ".png"), png);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return png;
  }
}
