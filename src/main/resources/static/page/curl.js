// The command that asks the service what this page has asked it, for a POSIX shell.

/** One word for the shell, whose characters lose their meaning. */
export function shellWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A file for curl's -F, which knows quotes of its own, and for which "-" is standard input. */
function formFile(name) {
  const path = name === '-' ? './-' : name;
  return /[;,"]|^\s|\s$/.test(path)
      ? `image=@"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
      : `image=@${path}`;
}

/**
 * The command. The key is not in it, since commands are kept in histories: the shell's variable
 * RESNET_KEY must have it.
 *
 * @param url absolute
 * @param names of the files, in the folder where the command is run
 * @param hasKey whether a key must be sent
 * @param extra words that go first
 */
export function curlCommand(url, names, hasKey, extra = []) {
  return [
    'curl',
    ...extra.map(shellWord),
    ...(hasKey ? ['-H', '"Authorization: Bearer $RESNET_KEY"'] : []),
    ...names.flatMap(name => ['-F', shellWord(formFile(name))]),
    shellWord(url),
  ].join(' ');
}

/**
 * Copies a command; where the browser does not let us (a page without TLS on another machine), shows
 * it in a text area, selected.
 */
export async function copy(command, area) {
  try {
    await navigator.clipboard.writeText(command);
    area.hidden = true;
    return true;
  } catch { // refused, or there is no clipboard
    area.value = command;
    area.hidden = false;
    area.focus();
    area.select();
    return false;
  }
}
