// @ts-check
/**
 * Runs the modules of a page that is opened from disk, where browsers refuse files as modules.
 *
 * This is the second half of `modules.js`, a classic script which `scripts/records/reports/modules.py`
 * writes. Its first half puts the texts of all modules into `holostackModules`, with what they import
 * written as "holostack/stack/main.js" and the like. Here each becomes an address of its own (blob:),
 * an import map (HTML 8.1.5) leads from names to addresses, and the page's main module, named by
 * `data-main` of the script's element, is imported as soon as the page stands.
 */
{
  const texts = /** @type {{holostackModules: Record<string, string>}} */ (
    /** @type {unknown} */ (window)
  ).holostackModules;
  const main = document.currentScript?.dataset.main ?? "";
  /** @type {Record<string, string>} */
  const imports = {};
  for (const [name, text] of Object.entries(texts)) {
    // Named so, a fault tells its module.
    const named = `${text}\n//# sourceURL=holostack/${name}\n`;
    imports[`holostack/${name}`] = URL.createObjectURL(
      new Blob([named], { type: "text/javascript" }),
    );
  }
  const map = document.createElement("script");
  map.type = "importmap";
  map.textContent = JSON.stringify({ imports });
  document.head.append(map);

  const start = () => import(`holostack/${main}`);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}
