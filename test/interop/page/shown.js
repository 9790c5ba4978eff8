// Runs in the page: chooses every entry of the list in turn, and reads what is shown of it.
(async () => {
  const shown = [];
  for (const option of document.querySelectorAll('#entries [role=option]')) {
    option.click();
    const index = option.id.slice('entry-'.length);
    while (document.getElementById('entry').dataset.index !== index) await new Promise(requestAnimationFrame);
    shown.push({
      ours: option.classList.contains('ours'),
      title: option.querySelector('.title').textContent,
      hex: [...document.querySelectorAll('.dump .byte')].map((byte) => byte.textContent).join(''),
      // The ends of lines as they were.
      text: document.querySelector('.raw')?.textContent.replaceAll('↵', '') ?? '',
    });
  }
  return shown;
})();
