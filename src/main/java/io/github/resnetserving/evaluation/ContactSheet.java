package io.github.resnetserving.evaluation;

import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Thumbnails of images side by side, each with two lines of text below it. */
public final class ContactSheet {

  /** Images in a row. */
  public static final int COLUMNS = 8;

  private static final int GAP = 8;
  private static final int LINE = 14;
  private static final int HEIGHT = Thumbnails.SIDE + 2 * LINE + GAP;
  private static final String CUT = "…";

  /**
   * An image of the sheet.
   *
   * @param first line below it, cut where it is too long
   * @param second line
   */
  public record Cell(Sample.Source file, String first, String second) {}

  private ContactSheet() {}

  /** Cells in rows of {@link #COLUMNS}. */
  public static List<List<Cell>> rows(List<Cell> cells) {
    List<List<Cell>> rows = new ArrayList<>();
    for (int from = 0; from < cells.size(); from += COLUMNS) {
      rows.add(cells.subList(from, Math.min(from + COLUMNS, cells.size())));
    }
    return rows;
  }

  /**
   * Writes a PNG. An image that cannot be read is an empty square.
   *
   * @param rows of at most {@link #COLUMNS} cells
   */
  public static void write(Path file, List<List<Cell>> rows) throws IOException {
    BufferedImage sheet =
        new BufferedImage(
            GAP + COLUMNS * (Thumbnails.SIDE + GAP),
            GAP + rows.size() * HEIGHT,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
    for (int row = 0; row < rows.size(); row++) {
      for (int column = 0; column < Math.min(COLUMNS, rows.get(row).size()); column++) {
        draw(
            graphics,
            rows.get(row).get(column),
            pipeline,
            GAP + column * (Thumbnails.SIDE + GAP),
            GAP + row * HEIGHT);
      }
    }
    graphics.dispose();
    Files.write(file, Charts.png(sheet));
  }

  private static void draw(
      Graphics2D graphics, Cell cell, ImagePipeline pipeline, int left, int top) {
    Optional<BufferedImage> image = Thumbnails.square(cell.file(), pipeline);
    if (image.isPresent()) {
      graphics.drawImage(image.get(), left, top, null);
    } else {
      graphics.setColor(Color.LIGHT_GRAY);
      graphics.fillRect(left, top, Thumbnails.SIDE, Thumbnails.SIDE);
    }
    graphics.setColor(Color.BLACK);
    FontMetrics font = graphics.getFontMetrics();
    graphics.drawString(fitting(cell.first(), font), left, top + Thumbnails.SIDE + LINE - 3);
    graphics.drawString(fitting(cell.second(), font), left, top + Thumbnails.SIDE + 2 * LINE - 3);
  }

  /** The end of a text that is too long, since names differ at their ends. */
  private static String fitting(String text, FontMetrics font) {
    if (font.stringWidth(text) <= Thumbnails.SIDE) {
      return text;
    }
    String end = text;
    while (!end.isEmpty() && font.stringWidth(CUT + end) > Thumbnails.SIDE) {
      end = end.substring(1);
    }
    return CUT + end;
  }
}
